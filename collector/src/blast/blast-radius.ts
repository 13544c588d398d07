/** What would break if something died now, as the API sees it. It only reads, and reads anew for whoever asks. */
import type { Blast, Decommission } from "@nodekeeper/shared/api";

/** Asks. */
export interface BlastRadius {
  /**
   * A name that no node has, without a disk beside it, may be that of one disk: its id, serial number, or Longhorn's name of it. Throws NOT_FOUND where
   * neither has it, or the node no such disk; CONFLICT where a disk's name fits several.
   */
  of(target: { readonly node: string; readonly disk: string | undefined }, signal: AbortSignal): Promise<Blast>;
  /** Throws NOT_FOUND. */
  decommission(node: string, signal: AbortSignal): Promise<Decommission>;
}
