/** A subject as the state knows it. All times are ms since 1970 on the collector's clock. */
import type { Failure, Outcome, Subject } from "@nodekeeper/proto";
import type { Freshness } from "./freshness.ts";

/** A thing on a node. It keeps its last good value while reading fails. */
export interface SubjectState {
  readonly kind: string;
  readonly id: string;
  /** Outcome of the last observation that spoke of it. ABSENT also when a complete list did not have it. */
  readonly outcome: Outcome;
  readonly failure: Failure | undefined;
  /** When that observation was made. */
  readonly observedAtMs: number;
  /** Since when it is ABSENT; undefined while it is not. */
  readonly absentSinceMs: number | undefined;
  /** Last good value. Undefined when it was never read. */
  readonly value: Subject["value"] | undefined;
  /** When `value` was read; equals observedAtMs while reading succeeds. */
  readonly readAtMs: number | undefined;
  /** Latest known numbers by name, and when they were observed. */
  readonly samples: ReadonlyMap<string, number>;
  readonly samplesAtMs: number | undefined;
  /** The numbers before `samples`, for rates between the last two readings. */
  readonly previousSamples: ReadonlyMap<string, number> | undefined;
  readonly previousSamplesAtMs: number | undefined;
}

/** A subject with its age judged, and the probe that speaks of it. */
export interface JudgedSubject extends SubjectState {
  readonly probe: string;
  readonly freshness: Freshness;
}

/** Key of a subject within a probe. */
export function subjectKey(kind: string, id: string): string {
  return `${kind}/${id}`;
}
