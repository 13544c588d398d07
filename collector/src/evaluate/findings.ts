/** Findings as the rest of the collector sees them. The engine (engine.ts) is the only one that makes and changes them. */
import type { Finding } from "@nodekeeper/shared/api";

/** The open findings, and word of every change. */
export interface Findings {
  /** Pending and firing ones of all nodes. */
  all(): readonly Finding[];
  /** Pending and firing ones of a node. */
  ofNode(name: string): readonly Finding[];
  /**
   * When the last finding of medium or high severity of this node was resolved (ms, the collector's clock); undefined when none was since
   * the store's memory begins. It is what `since` of a healthy node means.
   */
  recoveredAtMs(name: string): number | undefined;
  /** Calls the listener with whole findings that changed; a resolved one is passed once and then forgotten. */
  subscribe(listener: (changed: readonly Finding[]) => void): Disposable;
}
