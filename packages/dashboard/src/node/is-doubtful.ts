/** What the page may rely on. */
import type { SubjectBody } from "@nodekeeper/shared/api";

/** True when what is shown of a subject may be old or could not be read the last time. */
export function isDoubtful(subject: SubjectBody): boolean {
  return subject.outcome === "failed" || subject.freshness !== "fresh";
}
