/** What the doctor found, in the form in which the API shows a node, so that one rendering serves both. */
import type { Examination } from "@nodekeeper/agent/doctor";
import { type Failure, Outcome, plainSubjectValue, type Subject } from "@nodekeeper/proto";
import type { NodeDetail, ProbeRun, SubjectBody, SubjectListBody } from "@nodekeeper/shared/api";

/** The facts of a machine: probes, lists and subjects. */
export type MachineBodies = Pick<NodeDetail, "probes" | "lists" | "subjects">;

/** Makes the bodies; everything was read just now. */
export function machineBodies(examinations: readonly Examination[], nowMs: number): MachineBodies {
  const now = new Date(nowMs).toISOString();
  return {
    probes: examinations.map((examination) => probeBody(examination, now)),
    lists: examinations.flatMap((examination) => listBodies(examination)),
    subjects: examinations.flatMap((examination) => subjectBodies(examination, now)),
  };
}

function probeBody(examination: Examination, now: string): ProbeRun {
  const { probe, outcome, durationMs, failure } = examination;
  return {
    name: probe,
    outcome,
    ...(failure === undefined ? {} : { failure }),
    freshness: "fresh",
    observedAt: now,
    receivedAt: now,
    intervalMs: 0, // it ran once
    durationMs: Math.round(durationMs),
  };
}

function listBodies(examination: Examination): readonly SubjectListBody[] {
  return (examination.payload?.lists ?? []).map((list) => ({
    kind: list.kind,
    probe: examination.probe,
    isComplete: list.isComplete,
    ...failureOf(list.failure),
  }));
}

function subjectBodies(examination: Examination, now: string): readonly SubjectBody[] {
  return (examination.payload?.subjects ?? []).map((subject) => {
    const value = plainSubjectValue(subject.value);
    return {
      kind: subject.kind,
      id: subject.id,
      probe: examination.probe,
      outcome: outcomeOf(subject),
      ...failureOf(subject.failure),
      freshness: "fresh",
      observedAt: now,
      ...(value === undefined ? {} : { readAt: now, value }),
      samples: samplesOf(examination, subject),
    };
  });
}

function samplesOf(examination: Examination, subject: Subject): Readonly<Record<string, number>> {
  const samples: Record<string, number> = {};
  for (const { kind, id, name, value } of examination.payload?.samples ?? []) {
    if (kind === subject.kind && id === subject.id && value !== undefined) samples[name] = value;
  }
  return samples;
}

function outcomeOf(subject: Subject): SubjectBody["outcome"] {
  if (subject.outcome === Outcome.OK) return "ok";
  return subject.outcome === Outcome.ABSENT ? "absent" : "failed";
}

function failureOf(failure: Failure | undefined): { readonly failure?: { readonly code: string; readonly message: string } } {
  return failure === undefined ? {} : { failure: { code: failure.code, message: failure.message } };
}
