import { type Facts, Outcome, type Subject } from "@nodekeeper/proto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { factsHash, observation } from "../test-support/observations.ts";
import { startMs } from "../test-support/states.ts";
import type { ObservedEvent } from "./event.ts";
import type { ProbeSubjects } from "./probe-subjects.ts";
import { noSubjects, reduceSubjects } from "./reduce-subjects.ts";
import { type SubjectState, subjectKey } from "./subject-state.ts";

/** One subject as an observation states it. */
interface Stated {
  readonly id: string;
  readonly outcome: "ok" | "absent" | "failed";
  readonly hasSample: boolean;
}

/** One observation: of new facts, of the facts of before, or without any. */
type Step =
  | { readonly kind: "facts"; readonly subjects: readonly Stated[]; readonly isComplete: boolean }
  | { readonly kind: "same" | "failed" | "absent" };

const stated: fc.Arbitrary<Stated> = fc.record({
  id: fc.constantFrom("a", "b", "c"),
  outcome: fc.constantFrom("ok", "ok", "ok", "absent", "failed"),
  hasSample: fc.boolean(),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant("facts" as const),
    subjects: fc.uniqueArray(stated, { selector: ({ id }) => id }),
    isComplete: fc.boolean(),
  }),
  fc.record({ kind: fc.constantFrom("same" as const, "same" as const, "failed" as const, "absent" as const) }),
);
const outcomes = { ok: Outcome.OK, absent: Outcome.ABSENT, failed: Outcome.FAILED };
const minuteMs = 60_000;

function factsOf({ subjects, isComplete }: Extract<Step, { readonly kind: "facts" }>): Facts {
  const { body } = observation({
    subjects: subjects.map(({ id, outcome }) => ({
      ...{ kind: "block_device", id, outcome: outcomes[outcome] },
      ...(outcome === "ok" ? { value: { case: "blockDevice" as const, value: { name: id } } } : {}),
      ...(outcome === "failed" ? { failure: { code: "HOST_READ_FAILED", message: "EIO" } } : {}),
    })),
    lists: [{ kind: "block_device", isComplete }],
    sampleKeys: subjects
      .filter(({ hasSample }) => hasSample)
      .map(({ id }) => ({ kind: "block_device", id, name: "io_in_flight" })),
  });
  if (body.case !== "full") throw new Error("the observation has no facts");
  return body.value;
}

/** What the subjects must be, said one by one and without any sharing. */
function model(before: ReadonlyMap<string, Plain>, facts: Facts | undefined, event: ObservedEvent): ReadonlyMap<string, Plain> {
  const { observedAtMs, observation: sent } = event;
  const gone = (subject: Plain): Plain => ({
    ...subject,
    ...{ outcome: Outcome.ABSENT, failure: undefined, observedAtMs },
    absentSinceMs: subject.absentSinceMs ?? observedAtMs,
  });
  if (facts === undefined) {
    return sent.outcome === Outcome.ABSENT ? new Map([...before].map(([key, subject]) => [key, gone(subject)])) : before;
  }
  const after = new Map(
    facts.subjects.map((subject) => [keyOf(subject), plainAfter(before.get(keyOf(subject)), subject, facts, event)]),
  );
  const isComplete = facts.lists.some((list) => list.isComplete);
  for (const [key, subject] of before) if (!after.has(key)) after.set(key, isComplete ? gone(subject) : subject);
  return after;
}

function plainAfter(before: Plain | undefined, subject: Subject, facts: Facts, event: ObservedEvent): Plain {
  const isRead = subject.outcome === Outcome.OK;
  const position = facts.sampleKeys.findIndex(({ id }) => id === subject.id);
  const hasSample = isRead && position >= 0;
  const { observedAtMs } = event;
  return {
    outcome: subject.outcome,
    failure: subject.failure,
    observedAtMs,
    absentSinceMs: subject.outcome === Outcome.ABSENT ? (before?.absentSinceMs ?? observedAtMs) : undefined,
    value: isRead ? subject.value : before?.value,
    readAtMs: isRead ? observedAtMs : before?.readAtMs,
    sample: hasSample ? event.observation.sampleValues[position] : before?.sample,
    samplesAtMs: hasSample ? observedAtMs : before?.samplesAtMs,
    previousSample: hasSample ? before?.sample : before?.previousSample,
    previousSamplesAtMs: hasSample ? before?.samplesAtMs : before?.previousSamplesAtMs,
  };
}

type Plain = Omit<SubjectState, "kind" | "id" | "samples" | "previousSamples"> & {
  readonly sample: number | undefined;
  readonly previousSample: number | undefined;
};

function plain({ kind: _, id: __, samples, previousSamples, ...rest }: SubjectState): Plain {
  return { ...rest, sample: samples.get("io_in_flight"), previousSample: previousSamples?.get("io_in_flight") };
}

function keyOf({ kind, id }: Subject): string {
  return subjectKey(kind, id);
}

function eventOf(facts: Facts | undefined, kind: Step["kind"], round: number): ObservedEvent {
  const outcome = kind === "failed" || kind === "absent" ? outcomes[kind] : Outcome.OK;
  const atMs = startMs + round * minuteMs;
  return {
    ...{ kind: "observed", node: "neko", epoch: "epoch-1", observedAtMs: atMs, receivedAtMs: atMs },
    observation: observation(
      {},
      {
        sequence: round + 1,
        outcome,
        factsHash: factsHash("any"),
        sampleValues: (facts?.sampleKeys ?? []).map((_, index) => round * 10 + index),
      },
    ),
  };
}

describe("reduceSubjects", () => {
  it("holds what a map of subjects would hold that is made anew with each observation", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        let subjects: ProbeSubjects = noSubjects;
        let expected: ReadonlyMap<string, Plain> = new Map();
        let latest: Facts | undefined;
        steps.forEach((each, round) => {
          const facts = each.kind === "facts" ? factsOf(each) : each.kind === "same" ? latest : undefined;
          latest = facts ?? latest;
          const event = eventOf(facts, each.kind, round);

          subjects = reduceSubjects(subjects, facts, event);
          expected = model(expected, facts, event);

          expect([...subjects].map(([key, subject]) => [key, plain(subject)])).toEqual([...expected]);
          expect([...subjects.keys()]).toEqual([...expected.keys()]);
          expect(subjects.size).toBe(expected.size);
          for (const key of ["block_device/a", "block_device/d"]) {
            expect(subjects.has(key)).toBe(expected.has(key));
            expect(subjects.get(key)?.observedAtMs).toBe(expected.get(key)?.observedAtMs);
          }
        });
      }),
      { numRuns: 500 },
    );
  });
});
