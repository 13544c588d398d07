/**
 * What people decided, beside the policy: they approved the first plan, or keep a label as they want it until a day. It is kept in the cluster itself
 * (ConfigMap nodekeeper-decisions), so that it outlives the database, and is another in another cluster.
 */

/** What is in force. */
export interface Decisions {
  /** Undefined: nobody approved yet, and nothing is written. `prune` takes it back. */
  readonly approval: Approval | undefined;
  readonly overrides: readonly Override[];
}

/** Somebody looked at the first plan and said yes: from then on the policy's modes hold. */
export interface Approval {
  /** Of the plan. */
  readonly planHash: string;
  readonly by: string;
  readonly atMs: number;
}

/** Somebody wants one item otherwise than the policy, for a while. */
export interface Override {
  readonly reconciler: string;
  /** Name of the node. */
  readonly key: string;
  readonly item: string;
  /** Undefined: it is not to be there. */
  readonly value: string | undefined;
  readonly by: string;
  readonly reason: string;
  readonly atMs: number;
  /** It ends by itself. */
  readonly untilMs: number;
  /**
   * The item was otherwise when it was made: what it writes goes when it ends, as lightly as it came. Where it is not there, or all was so already, the
   * policy's value may stand there, and goes as such.
   */
  readonly isChange?: boolean;
}

/** Where they are kept. */
export interface DecisionsKeeper extends AsyncDisposable {
  /** Undefined until they were read: then nothing is written. */
  readonly current: Decisions | undefined;
  problems(): readonly string[];
  /** Reads them anew. Rejects where they cannot be read. */
  refresh(signal: AbortSignal): Promise<void>;
  /** Changes them; reads them anew and asks again where another writer was first. Resolves when it is kept. */
  change(make: (current: Decisions) => Decisions, signal: AbortSignal): Promise<void>;
  onChanged(listener: () => void): Disposable;
}
