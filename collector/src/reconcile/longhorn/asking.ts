/**
 * Nodes of Longhorn of which the last decision asked who needs them, so that it hangs on all volumes, replicas and other disks. Those change all the
 * time, and asking costs the more the more there are: a few are looked at again at each change, in turn.
 */
import { createBatchSize } from "@nodekeeper/shared";

/** Them. */
export interface Asking {
  /** It was asked, which took so long. */
  asked(node: string, tookMs: number): void;
  /** It needed not be asked, or is gone. */
  forget(node: string): void;
  /** Whose turn it is: those first that were not asked for longest. */
  next(): readonly string[];
}

/** There is one change a second at most. */
const limits = { budgetMs: 50, least: 1, most: 1_000 };

/** None yet. */
export function createAsking(): Asking {
  const nodes = new Set<string>(); // in the order in which they were asked
  const size = createBatchSize(limits);
  return {
    asked(node, tookMs) {
      nodes.delete(node);
      nodes.add(node);
      size.took(1, tookMs);
    },
    forget: (node) => void nodes.delete(node),
    next: () => [...nodes].slice(0, size.current),
  };
}
