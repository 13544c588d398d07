/** (subjects of a probe, observation) → its subjects. Pure. The outcomes get their meaning here: what is kept, replaced, gone. */
import { type Facts, Outcome, type Subject } from "@nodekeeper/proto";
import type { ObservedEvent } from "./event.ts";
import { nothingKept, type PreviousReading, ProbeSubjects, readAtMs, type SubjectReading } from "./probe-subjects.ts";
import { layoutsOf, noSamples, sampleRow } from "./sample-row.ts";
import { type SubjectState, subjectKey } from "./subject-state.ts";

/** Subjects that a complete list no longer has are remembered for so long, so that a person sees what is missing. */
const absentKeptMs = 24 * 3_600_000;
/** Subjects of a probe that are remembered though they are not spoken of: a list that is never whole must not grow without end. */
const maximumSubjectsKept = 8_192;

/** No subjects: nothing was observed yet. */
export const noSubjects: ProbeSubjects = new ProbeSubjects(undefined, nothingKept, nothingKept);

/**
 * The subjects after one more observation. Without facts nothing was told of any, unless the machine has nothing of the kind. Where the facts
 * are those of before and there is nothing else to keep, as nearly always, the cost does not depend on how many subjects there are.
 */
export function reduceSubjects(before: ProbeSubjects, facts: Facts | undefined, event: ObservedEvent): ProbeSubjects {
  const { observedAtMs, observation } = event;
  if (facts === undefined) return observation.outcome === Outcome.ABSENT ? allAbsent(before, observedAtMs) : before;
  const isSame = before.reading?.facts === facts;
  const reading: SubjectReading = {
    facts,
    layouts: isSame ? before.reading.layouts : layoutsOf(facts),
    values: observation.sampleValues,
    observedAtMs,
    observedAtUnixMs: Number(observation.observedAtUnixMs),
    previous: previousOf(before.reading, facts),
  };
  if (isSame && before.exceptions.size + before.others.size === 0) return new ProbeSubjects(reading, nothingKept, nothingKept);
  return new ProbeSubjects(reading, exceptionsOf(before, reading), othersOf(before, reading));
}

/** The numbers of before under the subjects of now. */
function previousOf(before: SubjectReading | undefined, facts: Facts): PreviousReading | undefined {
  if (before === undefined) return undefined;
  const { values, observedAtMs } = before;
  if (before.facts === facts) return { layouts: before.layouts, values, observedAtMs };
  const layouts = new Map(before.facts.subjects.map(({ kind, id }, index) => [subjectKey(kind, id), before.layouts[index]]));
  return { layouts: facts.subjects.map(({ kind, id }) => layouts.get(subjectKey(kind, id))), values, observedAtMs };
}

/** Subjects of the facts that were not read, or of which older numbers are known. */
function exceptionsOf(before: ProbeSubjects, reading: SubjectReading): ReadonlyMap<string, SubjectState> {
  const exceptions = new Map<string, SubjectState>();
  const known = before.reading?.facts === reading.facts ? undefined : new Map(before);
  reading.facts.subjects.forEach((subject, index) => {
    const key = subjectKey(subject.kind, subject.id);
    const last = (): SubjectState | undefined => (known === undefined ? before.get(key) : known.get(key));
    const isExceptional = subject.outcome !== Outcome.OK || hasOlderNumbers(before, reading, index, last);
    if (isExceptional) exceptions.set(key, subjectAfter(last(), subject, index, reading));
  });
  return exceptions.size === 0 ? nothingKept : exceptions;
}

/** Whether numbers of the subject are known that stand in neither of the two readings. */
function hasOlderNumbers(
  before: ProbeSubjects,
  reading: SubjectReading,
  index: number,
  last: () => SubjectState | undefined,
): boolean {
  if (before.exceptions.size + before.others.size === 0 && before.reading?.facts === reading.facts) return false;
  const samplesAtMs = last()?.samplesAtMs;
  return samplesAtMs !== undefined && (reading.layouts[index] === undefined || samplesAtMs !== before.reading?.observedAtMs);
}

function subjectAfter(before: SubjectState | undefined, subject: Subject, index: number, reading: SubjectReading): SubjectState {
  const { observedAtMs } = reading;
  const isRead = subject.outcome === Outcome.OK;
  const samples = isRead ? sampleRow(reading.layouts[index], reading.values) : undefined;
  const hasSamples = samples !== undefined;
  return {
    kind: subject.kind,
    id: subject.id,
    outcome: subject.outcome,
    failure: subject.failure,
    observedAtMs,
    absentSinceMs: subject.outcome === Outcome.ABSENT ? (before?.absentSinceMs ?? observedAtMs) : undefined,
    value: isRead ? subject.value : before?.value,
    readAtMs: isRead ? readAtMs(subject, reading) : before?.readAtMs,
    samples: samples ?? before?.samples ?? noSamples,
    samplesAtMs: hasSamples ? observedAtMs : before?.samplesAtMs,
    previousSamples: hasSamples ? before?.samples : before?.previousSamples,
    previousSamplesAtMs: hasSamples ? before?.samplesAtMs : before?.previousSamplesAtMs,
  };
}

/** What the facts do not have: gone where they have the whole list of its kind, else as it was. */
function othersOf(before: ProbeSubjects, { facts, observedAtMs }: SubjectReading): ReadonlyMap<string, SubjectState> {
  const isSame = before.reading?.facts === facts;
  const present = isSame ? undefined : new Set(facts.subjects.map(({ kind, id }) => subjectKey(kind, id)));
  const completeKinds = new Set(facts.lists.filter((list) => list.isComplete).map((list) => list.kind));
  const others = new Map<string, SubjectState>();
  for (const [key, subject] of isSame ? before.others : before) {
    if (present?.has(key) === true || facts.subjects.length + others.size >= maximumSubjectsKept) continue;
    const kept = completeKinds.has(subject.kind) ? absent(subject, observedAtMs) : subject;
    if (kept !== undefined) others.set(key, kept);
  }
  return others.size === 0 ? nothingKept : others;
}

function allAbsent(before: ProbeSubjects, observedAtMs: number): ProbeSubjects {
  const others = new Map<string, SubjectState>();
  for (const [key, subject] of before) {
    const kept = absent(subject, observedAtMs);
    if (kept !== undefined) others.set(key, kept);
  }
  return new ProbeSubjects(undefined, nothingKept, others);
}

/** The subject, now known to be gone; undefined once it has been gone for long enough to forget it. */
function absent(subject: SubjectState, observedAtMs: number): SubjectState | undefined {
  const absentSinceMs = subject.absentSinceMs ?? observedAtMs;
  if (observedAtMs - absentSinceMs >= absentKeptMs) return undefined;
  return { ...subject, outcome: Outcome.ABSENT, failure: undefined, observedAtMs, absentSinceMs };
}
