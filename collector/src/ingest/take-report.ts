/**
 * Takes a report: health first, history after. Every new observation is in the state before this returns; it is acknowledged later, when
 * it is on the disk. If the collector dies in between, the agent still has it and sends it again.
 */
import { create } from "@bufbuild/protobuf";
import { type NeedFull, NeedFullSchema, type Observation, Outcome, type Rejection, type Report } from "@nodekeeper/proto";
import type { Clock, Logger } from "@nodekeeper/shared";
import type { StockTaker } from "../inventory/stock-taker.ts";
import type { IngestMetrics } from "../metrics.ts";
import type { StateHolder } from "../state/holder.ts";
import { maximumRejections, rejection } from "./acknowledge.ts";
import type { CommitItem } from "./commit-queue.ts";
import { createComplaints } from "./complaints.ts";
import type { HeldFactsTable } from "./held-facts.ts";
import { clockSkewMs, placeObservation, type ReportClocks } from "./place.ts";
import { type Problem, problemText, type WholeReason } from "./problem.ts";
import type { Progress } from "./progress.ts";
import { spansOf } from "./sequence-set.ts";
import { validateObservation } from "./validate.ts";
import type { CheckedFacts } from "./validate-facts.ts";
import { validateLosses } from "./validate-losses.ts";
import { validateSampleValues } from "./validate-samples.ts";

/** A report and the stream that it came on. */
export interface ReceivedReport {
  readonly report: Report;
  readonly progress: Progress;
  readonly receivedAtMs: number;
  /** Size on the wire. */
  readonly bytes: number;
}

/** What follows from a report. */
export interface TakenReport {
  /** To be committed, and acknowledged then. */
  readonly items: readonly CommitItem[];
  /** To be acknowledged at once: committed before, or never to be sent again. */
  readonly settled: readonly number[];
  /** Why some of `settled` were not taken. */
  readonly rejections: readonly Rejection[];
  /** To be sent again with full facts. */
  readonly needFull: readonly NeedFull[];
}

/** What taking a report needs. */
export interface IntakeOptions {
  readonly state: Pick<StateHolder, "apply" | "node">;
  readonly heldFacts: HeldFactsTable;
  readonly stockTaker: StockTaker;
  readonly metrics: IngestMetrics;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** No agent has so many probes; a name costs memory for as long as the node is known. */
const maximumProbesPerNode = 64;

/** Makes the function that takes reports. */
export function createIntake(options: IntakeOptions): (received: ReceivedReport) => TakenReport {
  const { state, heldFacts, stockTaker, metrics } = options;
  const complaints = createComplaints(options.clock, options.logger);

  return function takeReport(received) {
    const { report, progress } = received;
    const { node } = progress;
    const { sentAtUnixMs, sentUptimeMs } = report;
    const clocks: ReportClocks = { sentAtUnixMs, sentUptimeMs, receivedAtMs: received.receivedAtMs };
    metrics.reportReceived(received.bytes);
    state.apply({
      kind: "contact",
      node,
      clockSkewMs: clockSkewMs(clocks),
      losses: validateLosses(report.losses),
      atMs: received.receivedAtMs,
    });
    const items: CommitItem[] = [];
    const settled: number[] = [];
    const rejections: Rejection[] = [];
    const unresolved: Observation[] = [];
    const bytesEach = Math.ceil(received.bytes / Math.max(1, report.observations.length));
    for (const sent of report.observations) {
      const taken = takeObservation(sent, progress, clocks);
      switch (taken.kind) {
        case "taken":
          items.push({ ...taken, bytes: bytesEach, progress });
          break;
        case "committed":
          settled.push(sent.sequence);
          break;
        case "rejected":
          if (sent.sequence > 0) settled.push(sent.sequence);
          if (rejections.length < maximumRejections) rejections.push(rejection(sent.sequence, taken.problem.text, true));
          break;
        case "unresolved":
          unresolved.push(sent);
          break;
        case "in_flight":
          break;
      }
    }
    return { items, settled, rejections, needFull: needFullOf(unresolved) };
  };

  type Taken =
    | { readonly kind: "taken"; readonly stored: CommitItem["stored"]; readonly droppedParts: string | undefined }
    | { readonly kind: "committed" | "in_flight" | "unresolved" }
    | { readonly kind: "rejected"; readonly problem: Problem<WholeReason> };

  function takeObservation(sent: Observation, progress: Progress, clocks: ReportClocks): Taken {
    const { node, epoch, done, inFlight } = progress;
    if (done.has(sent.sequence) || inFlight.has(sent.sequence)) {
      metrics.observationRepeated();
      return { kind: inFlight.has(sent.sequence) ? "in_flight" : "committed" };
    }
    const validated = validateObservation(sent);
    if (validated.kind === "rejected") return reject(validated.problem, sent, progress);
    if (isOneProbeTooMany(sent, node)) {
      const text = `${sent.probe}: ${maximumProbesPerNode} probes are known of this node, no other is taken`;
      return reject({ reason: "probe", text }, sent, progress);
    }
    const { problems } = validated;
    const observedAtMs = placeObservation(sent, clocks);
    if (observedAtMs === undefined) {
      const text = `${sent.probe}: observed at ${sent.observedAtUnixMs} by the node's clock, which does not fit the time of the report`;
      return reject({ reason: "observed_time", text }, sent, progress);
    }

    const held = sent.body.case === "unchanged" ? heldFacts.find(node, sent.probe, sent.factsHash) : undefined;
    const facts = validated.facts ?? held?.facts;
    if (sent.outcome === Outcome.OK && facts === undefined) return needFull();
    const values = facts && validateSampleValues(facts.samples, sent.sampleValues, problems);
    if (facts !== undefined && values === undefined) {
      // Values that do not fit facts from before a restart, or of another release's checks: the agent says again what they mean.
      if (validated.facts === undefined) return needFull();
      const counts = `${sent.sampleValues.length} samples came with ${facts.samples.sentCount} names`;
      problems.report("sample_count", `${counts}; none is taken`);
    }

    if (validated.facts !== undefined) heldFacts.hold(node, sent.probe, sent.factsHash, validated.facts);
    inFlight.add(sent.sequence);
    const bare: Observation = { ...validated.observation, sampleValues: [...(values ?? unknownValues(facts))] };
    const observation: Observation = facts === undefined ? bare : { ...bare, body: { case: "full", value: facts.facts } };
    const stored = held?.isLatest === true ? bare : observation;
    const placed = { node, epoch, observedAtMs, receivedAtMs: clocks.receivedAtMs };
    const before = state.node(node)?.probes.get(sent.probe);
    state.apply({ kind: "observed", ...placed, observation });
    const stock = stockTaker.observe(node, sent.probe, before);
    metrics.observationTaken();
    for (const problem of problems.problems) metrics.partDropped(problem.reason);
    const droppedParts = problems.problems.length === 0 ? undefined : problemText(problems.problems);
    if (droppedParts !== undefined) {
      const reason = problems.problems[0]?.reason ?? "";
      complaints.complain(node, reason, { probe: sent.probe, droppedParts }, "an observation lost impossible parts");
    }
    const kept = { ...placed, observation: stored, ...(stock === undefined ? {} : { stock }) };
    return { kind: "taken", stored: kept, droppedParts };
  }

  function isOneProbeTooMany(sent: Observation, node: string): boolean {
    const probes = state.node(node)?.probes;
    return probes !== undefined && probes.size >= maximumProbesPerNode && !probes.has(sent.probe);
  }

  function needFull(): Taken {
    metrics.fullNeeded();
    return { kind: "unresolved" };
  }

  function reject(problem: Problem<WholeReason>, sent: Observation, progress: Progress): Taken {
    metrics.observationRejected(problem.reason);
    if (sent.sequence > 0) progress.done.add(sent.sequence);
    complaints.complain(progress.node, problem.reason, { problem: problem.text }, "an observation was rejected");
    return { kind: "rejected", problem };
  }
}

function unknownValues(facts: CheckedFacts | undefined): readonly number[] {
  return facts === undefined ? [] : facts.facts.sampleKeys.map(() => Number.NaN);
}

/** One message per probe and hash. */
function needFullOf(observations: readonly Observation[]): readonly NeedFull[] {
  const groups = Map.groupBy(observations, (sent) => `${sent.probe} ${Buffer.from(sent.factsHash).toString("hex")}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const ranges = spansOf(group.map((sent) => sent.sequence)).map((span) => ({ ...span }));
    return [create(NeedFullSchema, { probe: first.probe, factsHash: first.factsHash, ranges })];
  });
}
