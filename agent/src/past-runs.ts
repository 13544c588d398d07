/** What is kept of one probe's earlier runs besides the last readings: tries that failed, so that what must not be asked often is not. */
import { Outcome, type Subject } from "@nodekeeper/proto";
import { AppError, type ErrorCode, errorCodes } from "@nodekeeper/shared";
import { forgetOldest, remember } from "./bounded-memory.ts";
import type { Payload, Sample } from "./payload.ts";
import type { FaultyDevices, Past, PastFailure } from "./probe.ts";

/** Kept by whoever runs a probe again and again, one for each probe. */
export interface PastRuns {
  /** For the probe's `read`; `faulty` is what the kernel log complained about since the run before. */
  past(faulty: FaultyDevices): Past;
  /** Remembers what a run found. What it carried is not news; a subject that a complete list lacks is forgotten. */
  note(payload: Payload, observedAtMs: number): void;
}

/** Remembers nothing at first. */
export function createPastRuns(): PastRuns {
  const failures = new Map<string, PastFailure>();
  const readings = new Map<string, Subject>();
  const samples = new Map<string, readonly Sample[]>();
  return {
    past: (faulty) => ({
      faulty,
      failureOf: (kind, id) => failures.get(keyOf(kind, id)),
      readings: (kind) => [...readings.values()].filter((subject) => subject.kind === kind),
      sample: (kind, id, name) => samples.get(keyOf(kind, id))?.find((sample) => sample.name === name)?.value,
    }),
    note: (payload, observedAtMs) => {
      const carried = new Set((payload.carried ?? []).map(({ kind, id }) => keyOf(kind, id)));
      const told = Map.groupBy(payload.samples, ({ kind, id }) => keyOf(kind, id));
      for (const subject of payload.subjects) {
        const key = keyOf(subject.kind, subject.id);
        if (carried.has(key)) continue;
        const error = subject.outcome === Outcome.FAILED ? errorOf(subject) : undefined;
        if (error === undefined) failures.delete(key);
        else remember(failures, key, { error, atMs: observedAtMs });
        if (subject.outcome !== Outcome.OK) continue;
        remember(readings, key, subject);
        remember(samples, key, told.get(key) ?? []);
      }
      const whole = new Set(payload.lists.filter((list) => list.isComplete).map((list) => list.kind));
      const present = new Set(payload.subjects.map(({ kind, id }) => keyOf(kind, id)));
      const isGone = (key: string): boolean => whole.has(key.slice(0, key.indexOf(" "))) && !present.has(key);
      for (const key of [...failures.keys()].filter(isGone)) failures.delete(key);
      for (const key of [...readings.keys()].filter(isGone)) {
        readings.delete(key);
        samples.delete(key);
      }
      for (const memory of [failures, readings, samples]) forgetOldest(memory);
    },
  };
}

function keyOf(kind: string, id: string): string {
  return `${kind} ${id}`;
}

function errorOf({ failure }: Subject): AppError {
  const code = failure?.code ?? "";
  // Looked up in the table of codes right here.
  const known = Object.hasOwn(errorCodes, code) ? (code as ErrorCode) : "INTERNAL";
  return new AppError(known, failure?.message ?? "it failed before");
}
