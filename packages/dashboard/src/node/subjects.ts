/** Picks subjects of a kind. */
import type { SubjectBody } from "@nodekeeper/shared/api";

/** Subjects of a kind that were read at least once and are not gone. */
export function presentSubjects(subjects: readonly SubjectBody[], kind: string): readonly SubjectBody[] {
  return subjects.filter((subject) => subject.kind === kind && subject.outcome !== "absent" && subject.value !== undefined);
}

/** The one subject of a kind of which a machine has one. */
export function singleSubject(subjects: readonly SubjectBody[], kind: string): SubjectBody | undefined {
  return presentSubjects(subjects, kind)[0];
}

/** True when what is shown of a subject may be old or could not be read the last time. */
export function isDoubtful(subject: SubjectBody): boolean {
  return subject.outcome === "failed" || subject.freshness !== "fresh";
}
