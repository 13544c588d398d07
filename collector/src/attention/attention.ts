/**
 * What people decided about findings, kept over restarts. The engine knows nothing of it: findings are as the facts are, and what is decided about them
 * is laid over them for all who show, count or tell them. Labels and Longhorn's disks follow the facts alone, but for maintenance, in which nothing is
 * taken from a node.
 */
import type { Decision, DecisionRequest } from "@nodekeeper/shared/api";
import type { Findings } from "../evaluate/findings.ts";

/** The decisions, and the findings with them. Disposing it writes what is not written yet. */
export interface Attention extends AsyncDisposable {
  /** Findings of nodes and of the cluster, each with the decisions that hold of it now; a decision that begins or ends is a change of its findings. */
  readonly findings: Findings;
  /** Those that did not end, newest first. */
  decisions(): readonly Decision[];
  /**
   * Takes a decision, on the disk when it resolves. NOT_FOUND where the finding is not open, REQUEST_INVALID where the kind does not go with what else is
   * said (accept of what is no advice, a mute without an end), CONFLICT where it holds already or there are too many.
   */
  decide(wanted: DecisionRequest, by: string): Promise<Decision>;
  /** Ends one; NOT_FOUND. */
  end(id: string): Promise<Decision>;
  /** Whether somebody works on the node now, with nothing to be taken from it. */
  isInMaintenance(node: string): boolean;
  /** Calls the listener with the names of nodes whose maintenance began or ended. */
  onMaintenance(listener: (nodes: readonly string[]) => void): Disposable;
}
