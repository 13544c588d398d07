/** An observation as it lies in the history: all of it but its facts. */

/** Why a run failed. */
export interface RowFailure {
  readonly code: string;
  readonly message: string;
}

/** See Observation of the wire for what the fields mean. */
export interface HistoryRow {
  readonly epoch: string;
  readonly sequence: number;
  /** On the collector's clock. */
  readonly observedAtMs: number;
  /** On the collector's clock. */
  readonly receivedAtMs: number;
  /** On the node's wall clock. */
  readonly observedAtUnixMs: number;
  readonly uptimeMs: number;
  readonly isFromEarlierBoot: boolean;
  readonly intervalMs: number;
  readonly durationMs: number;
  /** As Outcome of the wire. */
  readonly outcome: number;
  readonly failure: RowFailure | undefined;
  /** Hex; empty when the run had no facts. */
  readonly factsHash: string;
  /** What the values mean; 0 when there are none. */
  readonly layoutId: number;
  readonly values: Float64Array;
}

/** The order of rows in a chunk: by time, then as the agent numbered them. */
export function compareRows(left: HistoryRow, right: HistoryRow): number {
  return left.observedAtMs - right.observedAtMs || left.receivedAtMs - right.receivedAtMs || left.sequence - right.sequence;
}
