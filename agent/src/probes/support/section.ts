/** A part of a payload that stands or falls by itself: one subject and its samples. */
import type { Subject } from "@nodekeeper/proto";
import { AppError } from "@nodekeeper/shared";
import { absentSubject, failedSubject, okSubject, type Sample, type SubjectKind, type SubjectValue } from "../../payload.ts";

/** One subject with its samples. */
export interface Section {
  readonly subject: Subject;
  readonly samples: readonly Sample[];
}

/** What was found of one subject. An undefined sample is unknown. */
export interface Finding<Kind extends SubjectKind> {
  readonly value: SubjectValue<Kind>;
  readonly samples?: Readonly<Record<string, number | undefined>>;
}

/** A section from what `interpret` finds: undefined is *absent*, a thrown error is *failed*, and neither touches any other section. */
export function sectionOf<Kind extends SubjectKind>(kind: Kind, id: string, interpret: () => Finding<Kind> | undefined): Section {
  try {
    const finding = interpret();
    if (finding === undefined) return { subject: absentSubject(kind, id), samples: [] };
    const samples = Object.entries(finding.samples ?? {}).map(([name, value]) => ({ kind, id, name, value }));
    return { subject: okSubject(kind, id, finding.value), samples };
  } catch (thrown) {
    return { subject: failedSubject(kind, id, AppError.from(thrown)), samples: [] };
  }
}
