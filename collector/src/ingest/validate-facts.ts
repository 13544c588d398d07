/** Checks the facts of an observation: the bad part is dropped, the good rest goes on. Pure. */
import { create } from "@bufbuild/protobuf";
import { type Facts, FactsSchema, FailureSchema, Outcome, type Subject, type SubjectList } from "@nodekeeper/proto";
import { shareFacts } from "../state/share-facts.ts";
import { subjectKey } from "../state/subject-state.ts";
import { type Check, isPrintable } from "./check.ts";
import { checkFailure } from "./check-failure.ts";
import { internText } from "./intern.ts";
import { isWallTime } from "./place.ts";
import type { ProblemCollector } from "./problem.ts";
import { caseOfKind, type SubjectValue, valueChecks } from "./ranges/index.ts";
import { maximumIdBytes, maximumLists, maximumSubjects } from "./ranges/limits.ts";
import { layoutOfChecked, type SampleLayout, validateSampleKeys } from "./validate-samples.ts";

/** Facts that hold to every bound. */
export interface CheckedFacts {
  readonly facts: Facts;
  /** How values that come with these facts are to be read. */
  readonly samples: SampleLayout;
}

/** Checks all facts. A list of which a subject was dropped is not whole any more: its lack proves nothing. */
export function validateFacts(sent: Facts, problems: ProblemCollector): CheckedFacts {
  const { subjects, damagedKinds } = validateSubjects(sent.subjects, problems);
  const samples = validateSampleKeys(sent.sampleKeys, new Map(subjects.map((s) => [subjectKey(s.kind, s.id), s])), problems);
  const lists = validateLists(sent.lists, damagedKinds, problems);
  const facts = shareFacts(create(FactsSchema, { subjects, lists, sampleKeys: [...samples.keys] }));
  return { facts, samples: samples.positions === undefined ? layoutOfChecked(facts.sampleKeys) : samples };
}

interface ValidSubjects {
  readonly subjects: Subject[];
  /** Kinds of which something was dropped. */
  readonly damagedKinds: ReadonlySet<string>;
}

function validateSubjects(sent: readonly Subject[], problems: ProblemCollector): ValidSubjects {
  const subjects = new Map<string, Subject>();
  const damagedKinds = new Set<string>();
  if (sent.length > maximumSubjects) {
    problems.report("subjects_too_many", `${sent.length} subjects, ${maximumSubjects} are taken`);
    for (const subject of sent.slice(maximumSubjects)) addKinds(subject, damagedKinds);
  }
  sent.slice(0, maximumSubjects).forEach((candidate, index) => {
    const subject = problems.at(nameOf(candidate, index), () => validateSubject(candidate, problems));
    if (subject === undefined) {
      addKinds(candidate, damagedKinds);
      return;
    }
    const key = subjectKey(subject.kind, subject.id);
    if (subjects.has(key)) problems.report("subject_duplicate", `${key} is there twice; the first is taken`);
    else subjects.set(key, subject);
  });
  return { subjects: [...subjects.values()], damagedKinds };
}

/** What a subject may have been: what it says, and what it carries. */
function addKinds(subject: Subject, kinds: Set<string>): void {
  kinds.add(subject.kind);
  for (const [kind, valueCase] of caseOfKind) if (valueCase === subject.value.case) kinds.add(kind);
}

/** A subject in words: by itself where it can be shown, else by its place. */
function nameOf(subject: Subject, index: number): string {
  const isNameable = caseOfKind.has(subject.kind) && isPrintable(subject.id, maximumIdBytes);
  return isNameable ? subjectKey(subject.kind, subject.id) : `subject ${index}`;
}

function validateSubject(sent: Subject, problems: ProblemCollector): Subject | undefined {
  const expectedCase = caseOfKind.get(sent.kind);
  if (expectedCase === undefined) {
    problems.report("subject_kind", "its kind is not one that this collector knows");
    return undefined;
  }
  if (!isPrintable(sent.id, maximumIdBytes)) {
    problems.report("subject_id", `its id is not printable or longer than ${maximumIdBytes} bytes`);
    return undefined;
  }
  const subject = { ...sent, kind: internText(sent.kind), id: internText(sent.id) };
  switch (subject.outcome) {
    case Outcome.OK:
      return validateRead(subject, expectedCase, problems);
    case Outcome.ABSENT:
      return withoutValue(subject, problems);
    case Outcome.FAILED:
      return { ...withoutValue(subject, problems), failure: checkFailure(subject.failure, problems) };
    default:
      problems.report("subject_outcome", `its outcome is ${subject.outcome}, which is none`);
      return undefined;
  }
}

function validateRead(subject: Subject, expectedCase: string, problems: ProblemCollector): Subject | undefined {
  if (subject.value.case !== expectedCase) {
    problems.report("subject_value", `it says ok and carries ${subject.value.case ?? "no value"} instead of ${expectedCase}`);
    return undefined;
  }
  if (subject.readAtUnixMs !== undefined && !isWallTime(subject.readAtUnixMs)) {
    problems.report("read_time", `it was read at ${subject.readAtUnixMs}, which no clock says`);
    return undefined;
  }
  // The table has for each case the check of that case's own value.
  const check = valueChecks[subject.value.case] as Check<SubjectValue>;
  const value = check(subject.value.value, problems);
  return { ...subject, failure: undefined, value: { case: subject.value.case, value } as Subject["value"] };
}

/** What was not read has no value, and only what failed has a failure. */
function withoutValue(subject: Subject, problems: ProblemCollector): Subject {
  if (subject.value.case === undefined) return subject.failure === undefined ? subject : { ...subject, failure: undefined };
  problems.report("stray_body", "it carries a value though it was not read");
  return { ...subject, failure: undefined, value: { case: undefined } };
}

function validateLists(
  sent: readonly SubjectList[],
  damagedKinds: ReadonlySet<string>,
  problems: ProblemCollector,
): SubjectList[] {
  if (sent.length > maximumLists) problems.report("elements_too_many", `${sent.length} lists, ${maximumLists} are taken`);
  const lists = new Map<string, SubjectList>();
  for (const list of sent.slice(0, maximumLists)) {
    if (!caseOfKind.has(list.kind)) problems.report("list_kind", "a list is of a kind that this collector does not know");
    else if (lists.has(list.kind)) problems.report("list_kind", `${list.kind} is listed twice; the first is taken`);
    else lists.set(list.kind, validateList(list, damagedKinds.has(list.kind), problems));
  }
  return [...lists.values()];
}

function validateList(list: SubjectList, isDamaged: boolean, problems: ProblemCollector): SubjectList {
  if (isDamaged && list.isComplete) {
    const message = "the collector dropped a part of this list, because it broke the rules of the wire";
    return { ...list, isComplete: false, failure: create(FailureSchema, { code: "PROTOCOL_VIOLATION", message }) };
  }
  if (list.isComplete) return list.failure === undefined ? list : { ...list, failure: undefined };
  return { ...list, failure: problems.at(`list of ${list.kind}`, () => checkFailure(list.failure, problems)) };
}
