/**
 * Checks one observation as it came from a node. Pure, and it never throws: a broken envelope rejects the whole, anything else costs
 * only the part that is wrong. No name, label, path or number that a node sends is trusted before it went through here.
 */
import { type Observation, Outcome } from "@nodekeeper/proto";
import { checkFailure } from "./check-failure.ts";
import { type Problem, ProblemCollector, type WholeReason } from "./problem.ts";
import { type CheckedFacts, validateFacts } from "./validate-facts.ts";

/** What a check of an observation ends with. */
export type Validated =
  | { readonly kind: "rejected"; readonly problem: Problem<WholeReason> }
  | {
      readonly kind: "accepted";
      /** With valid facts where it carried some. Sample values are not checked yet: what they mean may lie in facts held before. */
      readonly observation: Observation;
      /** Set when the facts came whole. */
      readonly facts: CheckedFacts | undefined;
      readonly problems: ProblemCollector;
    };

/** Name of a probe. */
export const probePattern: RegExp = /^[a-z][a-z0-9-]{0,63}$/;

const minimumIntervalMs = 1_000;
const maximumIntervalMs = 7 * 24 * 3_600_000;
const maximumDurationMs = 24 * 3_600_000;
const factsHashBytes = 16;

/** Checks everything but sample values and times, which need what only the stream knows. */
export function validateObservation(sent: Observation): Validated {
  const broken = brokenEnvelope(sent);
  if (broken !== undefined) return { kind: "rejected", problem: broken };
  const problems = new ProblemCollector();
  if (sent.outcome !== Outcome.OK) {
    return { kind: "accepted", observation: withoutBody(sent, problems), facts: undefined, problems };
  }
  const observation = sent.failure === undefined ? sent : { ...sent, failure: undefined };
  if (observation.body.case !== "full") return { kind: "accepted", observation, facts: undefined, problems };
  const facts = validateFacts(observation.body.value, problems);
  return { kind: "accepted", observation: { ...observation, body: { case: "full", value: facts.facts } }, facts, problems };
}

function brokenEnvelope(sent: Observation): Problem<WholeReason> | undefined {
  if (!probePattern.test(sent.probe)) return { reason: "probe", text: "the name of the probe is not of the form disk-health" };
  if (sent.sequence === 0) return { reason: "sequence", text: `${sent.probe}: sequence numbers begin with 1` };
  if (sent.intervalMs < minimumIntervalMs || sent.intervalMs > maximumIntervalMs)
    return { reason: "interval", text: `${sent.probe}: an interval of ${sent.intervalMs} ms is not within 1 s and 7 days` };
  if (sent.durationMs > maximumDurationMs)
    return { reason: "duration", text: `${sent.probe}: a run of ${sent.durationMs} ms is longer than a day` };
  if (sent.outcome !== Outcome.OK && sent.outcome !== Outcome.ABSENT && sent.outcome !== Outcome.FAILED)
    return { reason: "outcome", text: `${sent.probe}: the outcome ${sent.outcome} is none` };
  if (sent.outcome !== Outcome.OK) return undefined;
  if (sent.body.case === undefined) return { reason: "body", text: `${sent.probe}: it says ok and carries no facts` };
  if (sent.factsHash.length !== factsHashBytes)
    return { reason: "facts_hash", text: `${sent.probe}: a hash of ${sent.factsHash.length} bytes instead of ${factsHashBytes}` };
  return undefined;
}

/** A run that did not end well has neither facts nor samples. */
function withoutBody(sent: Observation, problems: ProblemCollector): Observation {
  if (sent.body.case !== undefined || sent.sampleValues.length > 0) {
    problems.report("stray_body", "it carries facts or samples though nothing was read");
  }
  const failure = sent.outcome === Outcome.FAILED ? checkFailure(sent.failure, problems) : undefined;
  return { ...sent, failure, factsHash: new Uint8Array(), body: { case: undefined }, sampleValues: [] };
}
