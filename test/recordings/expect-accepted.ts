/** What a probe says must be what the collector takes: every value in the range that its field documents. */
import { create } from "@bufbuild/protobuf";
import { FactsSchema, Outcome, SampleKeySchema } from "@nodekeeper/proto";
import { expect } from "vitest";
import type { Payload } from "../../agent/src/payload.ts";
import { ProblemCollector } from "../../collector/src/ingest/problem.ts";
import { sampleRange } from "../../collector/src/ingest/ranges/samples.ts";
import { validateFacts } from "../../collector/src/ingest/validate-facts.ts";

/** Whose fault it may be: the host's, a device's, or that of a service on it. Never ours. */
const failureCode = /^(?:HOST|GPU|OLLAMA|PEER)_[A-Z_]+$/;

/** Fails on any part of a payload that a collector would drop, and on a failure without a code. */
export function expectAccepted(payload: Payload): void {
  const { subjects, lists, samples } = payload;
  const sampleKeys = samples.map(({ kind, id, name }) => create(SampleKeySchema, { kind, id, name }));
  const facts = create(FactsSchema, { subjects: [...subjects], lists: [...lists], sampleKeys });
  const problems = new ProblemCollector();
  validateFacts(facts, problems);
  expect(problems.problems).toEqual([]);
  for (const { name, value } of samples) {
    const { minimum, maximum } = sampleRange(name);
    if (value !== undefined && !(value >= minimum && value <= maximum)) throw new Error(`${name} is ${value}`);
  }
  for (const { outcome, failure } of subjects) if (outcome === Outcome.FAILED) expect(failure?.code).toMatch(failureCode);
}
