/** What came of holding one recording against the probes. */
import type { IndexEntry } from "./recording-index.ts";

/** The four ways in which a recording may be accounted for. */
export type Verdict =
  /** A probe read it, and what it said was held against an independent reading. */
  | { readonly kind: "checked" }
  /** A probe was given it and said that it could not tell, with a code. */
  | { readonly kind: "failed"; readonly code: string }
  /** Another program's view of a machine that a probe has read from another recording: the two agree. */
  | { readonly kind: "witness" }
  /** No probe reads such a thing, and why. */
  | { readonly kind: "no input"; readonly reason: string };

/** Holds one recording against the probes; throws where they disagree. */
export type Check = (entry: IndexEntry) => Verdict | Promise<Verdict>;

/** Read and held against another reading. */
export const checked: Verdict = { kind: "checked" };

/** Seen from another side. */
export const witness: Verdict = { kind: "witness" };

/** Refused with a code. */
export function failedWith(code: string): Verdict {
  return { kind: "failed", code };
}

/** Not read by nature. */
export function noInput(reason: string): Verdict {
  return { kind: "no input", reason };
}
