/** What was wrong with something that a node sent: a reason to count by, and where and what in words. */

/** Reasons for which a part of an observation is dropped; the rest goes on. Labels of a metric: few, and never chosen by a node. */
export const partReasons = [
  "subject_kind",
  "subject_id",
  "subject_outcome",
  "subject_value",
  "subject_duplicate",
  "subjects_too_many",
  "list_kind",
  "sample_key",
  "samples_too_many",
  "sample_count",
  "sample_range",
  "text",
  "number_range",
  "enum",
  "elements_too_many",
  "read_time",
  "failure",
  "stray_body",
] as const;

/** Reasons for which a whole observation is dropped: its envelope is broken. */
export const wholeReasons = [
  "probe",
  "sequence",
  "interval",
  "duration",
  "outcome",
  "observed_time",
  "facts_hash",
  "body",
] as const;

/** Why a part was dropped. */
export type PartReason = (typeof partReasons)[number];

/** Why all of it was dropped. */
export type WholeReason = (typeof wholeReasons)[number];

/** One thing that was dropped. */
export interface Problem<Reason = PartReason> {
  readonly reason: Reason;
  /** e.g. "filesystem//var: sizeBytes: 2^64 is over 2^60". What a node sent stands in it only where it is printable and short. */
  readonly text: string;
}

/** Longest text about one observation. */
const maximumTextLength = 1024;

/** All problems of an observation in one text. */
export function problemText(problems: readonly Problem<unknown>[]): string {
  const shown = problems.slice(0, 8).map((problem) => problem.text);
  const rest = problems.length - shown.length;
  const text = (rest > 0 ? [...shown, `and ${rest} more`] : shown).join("; ");
  return text.length <= maximumTextLength ? text : `${text.slice(0, maximumTextLength - 1)}…`;
}

/** Collects problems while something is looked through; the path says where it is at. */
export class ProblemCollector {
  readonly problems: Problem[] = [];
  readonly #path: string[] = [];

  /** Runs `look` one step deeper; what it reports is found there. */
  at<Result>(step: string, look: () => Result): Result {
    this.#path.push(step);
    try {
      return look();
    } finally {
      this.#path.pop();
    }
  }

  report(reason: PartReason, detail: string): void {
    this.problems.push({ reason, text: [...this.#path, detail].join(": ") });
  }
}
