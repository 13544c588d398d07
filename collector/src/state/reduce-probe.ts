/** (probe, observation) → probe. Pure. Here the outcomes get their meaning: what is kept, what is replaced, what is gone. */
import { type Facts, Outcome, type Subject } from "@nodekeeper/proto";
import type { ObservedEvent } from "./event.ts";
import { type ListState, type ProbeState, type SubjectState, subjectKey } from "./node-state.ts";
import { noSamples, sampleRow } from "./sample-row.ts";

/** Subjects that a complete list no longer has are remembered for so long, so that a person sees what is missing. */
const absentKeptMs = 24 * 3_600_000;
/** Subjects of a probe that are remembered though they are not spoken of: a list that is never whole must not grow without end. */
const maximumSubjectsKept = 8_192;

/**
 * The probe after one more observation; the same object when the observation is older than what is known. An observation without
 * facts (failed) changes no subject: it only says that nothing could be told.
 */
export function reduceProbe(before: ProbeState | undefined, event: ObservedEvent): ProbeState {
  const { observation } = event;
  if (before !== undefined && observation.sequence <= before.sequence) return before;
  const facts = observation.body.case === "full" ? observation.body.value : undefined;
  return {
    name: observation.probe,
    intervalMs: observation.intervalMs,
    sequence: observation.sequence,
    observedAtMs: event.observedAtMs,
    receivedAtMs: event.receivedAtMs,
    outcome: observation.outcome,
    failure: observation.failure,
    durationMs: observation.durationMs,
    factsHash: facts === undefined ? (before?.factsHash ?? "") : hex(observation.factsHash),
    lists: facts === undefined ? (before?.lists ?? new Map()) : listsOf(facts),
    subjects: subjectsAfter(before?.subjects ?? new Map(), facts, event),
  };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}

function listsOf(facts: Facts): ReadonlyMap<string, ListState> {
  return new Map(facts.lists.map((list) => [list.kind, { kind: list.kind, isComplete: list.isComplete, failure: list.failure }]));
}

function subjectsAfter(
  before: ReadonlyMap<string, SubjectState>,
  facts: Facts | undefined,
  event: ObservedEvent,
): ReadonlyMap<string, SubjectState> {
  if (facts === undefined) return event.observation.outcome === Outcome.ABSENT ? allAbsent(before, event.observedAtMs) : before;
  const after = new Map<string, SubjectState>();
  for (const subject of facts.subjects) {
    const key = subjectKey(subject.kind, subject.id);
    const samples = sampleRow(facts, event.observation.sampleValues, key);
    after.set(key, subjectAfter(before.get(key), subject, samples, event));
  }
  const completeKinds = new Set(facts.lists.filter((list) => list.isComplete).map((list) => list.kind));
  for (const [key, subject] of before) {
    if (after.has(key) || after.size >= maximumSubjectsKept) continue;
    const kept = completeKinds.has(subject.kind) ? absent(subject, event.observedAtMs) : subject;
    if (kept !== undefined) after.set(key, kept);
  }
  return after;
}

function subjectAfter(
  before: SubjectState | undefined,
  subject: Subject,
  samples: ReadonlyMap<string, number> | undefined,
  event: ObservedEvent,
): SubjectState {
  const { observedAtMs } = event;
  const isRead = subject.outcome === Outcome.OK;
  const hasSamples = samples !== undefined && isRead;
  return {
    kind: subject.kind,
    id: subject.id,
    outcome: subject.outcome,
    failure: subject.failure,
    observedAtMs,
    absentSinceMs: subject.outcome === Outcome.ABSENT ? (before?.absentSinceMs ?? observedAtMs) : undefined,
    value: isRead ? subject.value : before?.value,
    readAtMs: isRead ? readAtMs(subject, event) : before?.readAtMs,
    samples: hasSamples ? samples : (before?.samples ?? noSamples),
    samplesAtMs: hasSamples ? observedAtMs : before?.samplesAtMs,
    previousSamples: hasSamples ? before?.samples : before?.previousSamples,
    previousSamplesAtMs: hasSamples ? before?.samplesAtMs : before?.previousSamplesAtMs,
  };
}

/** A reading that was made before its observation is as much older on our clock as on the node's. */
function readAtMs(subject: Subject, event: ObservedEvent): number {
  if (subject.readAtUnixMs === undefined) return event.observedAtMs;
  return event.observedAtMs - Math.max(0, Number(event.observation.observedAtUnixMs - subject.readAtUnixMs));
}

function allAbsent(before: ReadonlyMap<string, SubjectState>, observedAtMs: number): ReadonlyMap<string, SubjectState> {
  const after = new Map<string, SubjectState>();
  for (const [key, subject] of before) {
    const kept = absent(subject, observedAtMs);
    if (kept !== undefined) after.set(key, kept);
  }
  return after;
}

/** The subject, now known to be gone; undefined once it has been gone for long enough to forget it. */
function absent(subject: SubjectState, observedAtMs: number): SubjectState | undefined {
  const absentSinceMs = subject.absentSinceMs ?? observedAtMs;
  if (observedAtMs - absentSinceMs >= absentKeptMs) return undefined;
  return { ...subject, outcome: Outcome.ABSENT, failure: undefined, observedAtMs, absentSinceMs };
}
