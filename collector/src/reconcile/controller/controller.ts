/** The running side of reconciliation, as those see it who explain, approve, revert and prune. */
import type { PlannedOperation, Waiting } from "@nodekeeper/shared/api";
import type { Decision, Operation, Reconciler, Seen } from "../reconciler.ts";

/** One outside object as it stands now: made of what is known, without asking the cluster. */
export interface ObjectPicture {
  readonly reconciler: Reconciler;
  readonly key: string;
  readonly decision: Decision;
  /** Undefined: there is no such object. */
  readonly seen: Seen | undefined;
  /** What would be written, and what each step waits for; undefined: nothing, it is about to be done. */
  readonly operations: readonly { readonly operation: Operation; readonly waiting: Waiting | undefined }[];
  /** By item: since when exactly this is wanted, without a break, as this process saw it. */
  readonly wantedSinceMs: ReadonlyMap<string, number>;
}

/** The brake. */
export interface BrakeState {
  readonly restrictedNodes: number;
  readonly allowedNodes: number;
  readonly clearsAtMs: number | undefined;
}

/** Numbers of one reconciler. */
export interface ReconcilerCounts {
  readonly name: string;
  readonly queued: number;
  readonly waiting: number;
  /** The same by what they wait for; what nothing waits for is not there. */
  readonly waitingFor: Readonly<Partial<Record<Waiting["for"], number>>>;
  readonly held: number;
  readonly failing: number;
  readonly writes: number;
}

/** It looks at objects as they change, and writes what may be written. */
export interface Controller extends AsyncDisposable {
  picture(reconciler: string, key: string): ObjectPicture | undefined;
  /** All objects of all reconcilers. */
  pictures(): Iterable<ObjectPicture>;
  /** Lets exactly these operations go once, whatever the mode of their class; dwell, brake, maintenance and pause hold all the same. */
  grant(operations: readonly PlannedOperation[]): void;
  /** Looks at everything again, soon. */
  wake(): void;
  /**
   * Takes back what is ours on one object: operations of `planPrune`, each as `choose` gives it (with `after` as `before` an item stays as it is, and is
   * not ours any more), or not at all. Resolves with how many were done.
   */
  prune(
    reconciler: string,
    key: string,
    choose: (operation: Operation) => Operation | undefined,
    signal: AbortSignal,
  ): Promise<number>;
  brake(): BrakeState;
  counts(): readonly ReconcilerCounts[];
  problems(): readonly string[];
}
