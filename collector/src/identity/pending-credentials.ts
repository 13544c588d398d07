/** Texts of successors that their nodes did not use yet. In memory only: after a restart a successor is made anew. */
import { indexOf } from "./credential-index.ts";
import type { Vault } from "./vault.ts";

/** A successor to hand over. */
export interface PendingCredential {
  readonly id: string;
  readonly text: string;
}

/** The texts by node. */
export interface PendingCredentials {
  add(node: string, pending: PendingCredential): void;
  /**
   * Tells the listeners of the one that waits already, and gives it; undefined when there is none. A second one beside it would be gone as soon as the
   * agent, to which both were handed, uses the first.
   */
  again(node: string): PendingCredential | undefined;
  /** Undefined when there is none, or it was used or revoked. */
  of(node: string): string | undefined;
  onAdded(listener: (node: string) => void): Disposable;
}

/** Nothing is pending yet. */
export function createPendingCredentials(vault: Pick<Vault, "contents" | "onChanged">): PendingCredentials {
  const byNode = new Map<string, PendingCredential>();
  const listeners = new Set<(node: string) => void>();
  vault.onChanged((contents) => {
    const { byId } = indexOf(contents);
    for (const [node, { id }] of byNode) if (byId.get(id)?.replaces === undefined) byNode.delete(node);
  });
  const tell = (node: string): void => {
    for (const listener of [...listeners]) listener(node);
  };
  return {
    add(node, pending) {
      byNode.set(node, pending);
      tell(node);
    },
    again(node) {
      const waiting = byNode.get(node);
      if (waiting !== undefined) tell(node);
      return waiting;
    },
    of: (node) => byNode.get(node)?.text,
    onAdded(listener) {
      listeners.add(listener);
      return { [Symbol.dispose]: () => void listeners.delete(listener) };
    },
  };
}
