/**
 * What went over the wire, as seen by somebody who is neither agent nor collector: which observations the agent sent, and which of
 * them the collector said it has. Each event is appended to a file before it is passed on.
 */
import { createHash } from "node:crypto";
import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import type { Observation, Rejection, SequenceRange } from "@nodekeeper/proto";

/** One observation, as (node, epoch, sequence) names it for ever. */
export interface SentObservation {
  readonly node: string;
  readonly epoch: string;
  readonly sequence: number;
  readonly probe: string;
  /** Of what was observed; see fingerprintOf. */
  readonly fingerprint: string;
  /** How often it came by; more than once where an acknowledgement did not reach the agent. */
  timesSent: number;
  /** The collector said that it is committed. */
  isAcknowledged: boolean;
  /** Why the collector refused the whole of it, which it also acknowledges; undefined when it did not. */
  refusal: string | undefined;
}

export interface Ledger extends Disposable {
  sent(node: string, epoch: string, observation: Observation): void;
  acknowledged(node: string, epoch: string, ranges: readonly SequenceRange[], rejections: readonly Rejection[]): void;
  observations(): readonly SentObservation[];
  /** How many observations are acknowledged, of a node or of all. */
  acknowledgedCount(node?: string): number;
  /** Impossible things that were seen, in words: two observations under one name, an acknowledgement of what was never sent. */
  complaints(): readonly string[];
}

/** Keeps the account in memory and as lines of JSON in `file`. */
export function createLedger(file: string): Ledger {
  const log = openSync(file, "a");
  const known = new Map<string, SentObservation>();
  const complaints: string[] = [];
  const counts = new Map<string, number>();

  function append(event: Readonly<Record<string, unknown>>): void {
    writeSync(log, `${JSON.stringify(event)}\n`);
  }

  return {
    sent(node, epoch, observation) {
      const { sequence, probe } = observation;
      const name = nameOf(node, epoch, sequence);
      const fingerprint = fingerprintOf(observation);
      append({ event: "sent", node, epoch, sequence, probe, fingerprint });
      const before = known.get(name);
      if (before === undefined) {
        const state = { timesSent: 1, isAcknowledged: false, refusal: undefined };
        known.set(name, { node, epoch, sequence, probe, fingerprint, ...state });
        return;
      }
      before.timesSent += 1;
      if (before.fingerprint !== fingerprint) {
        complaints.push(`two different observations are called ${name}: of ${before.probe} and of ${probe}`);
      }
    },
    acknowledged(node, epoch, ranges, rejections) {
      for (const { first, last } of ranges) {
        append({ event: "acknowledged", node, epoch, first, last });
        for (let sequence = first; sequence <= last; sequence += 1) {
          const observation = known.get(nameOf(node, epoch, sequence));
          if (observation === undefined) {
            complaints.push(`the collector acknowledges ${nameOf(node, epoch, sequence)}, which was never sent`);
          } else if (!observation.isAcknowledged) {
            observation.isAcknowledged = true;
            counts.set(node, (counts.get(node) ?? 0) + 1);
          }
        }
      }
      for (const { sequence, reason, isWhole } of rejections) {
        append({ event: "rejected", node, epoch, sequence, reason, isWhole });
        const observation = known.get(nameOf(node, epoch, sequence));
        if (observation !== undefined && isWhole) {
          observation.refusal = reason;
        }
      }
    },
    observations: () => [...known.values()],
    acknowledgedCount: (node) =>
      node === undefined ? [...counts.values()].reduce((sum, count) => sum + count, 0) : (counts.get(node) ?? 0),
    complaints: () => complaints,
    [Symbol.dispose]: () => closeSync(log),
  };
}

/** What the ledger in a file knows, whoever wrote it. */
export function readLedger(file: string): readonly SentObservation[] {
  const known = new Map<string, SentObservation>();
  for (const line of readFileSync(file, "utf8").split("\n")) {
    if (line === "") continue;
    const { event, node, epoch, ...rest } = JSON.parse(line); // `append` wrote it
    if (event === "sent") {
      const name = nameOf(node, epoch, rest.sequence);
      const before = known.get(name);
      if (before === undefined)
        known.set(name, { node, epoch, ...rest, timesSent: 1, isAcknowledged: false, refusal: undefined });
      else before.timesSent += 1;
    } else if (event === "acknowledged") {
      for (let sequence = rest.first; sequence <= rest.last; sequence += 1) {
        const observation = known.get(nameOf(node, epoch, sequence));
        if (observation !== undefined) observation.isAcknowledged = true;
      }
    } else if (event === "rejected" && rest.isWhole) {
      const observation = known.get(nameOf(node, epoch, rest.sequence));
      if (observation !== undefined) observation.refusal = rest.reason;
    }
  }
  return [...known.values()];
}

/** The name of an observation in messages and as a key. */
export function nameOf(node: string, epoch: string, sequence: number): string {
  return `${node}/${epoch}/${sequence}`;
}

/** Equal for the same observation, be its facts sent whole, as unchanged or, as in the collector's journal, not at all. */
export function fingerprintOf(observation: Observation): string {
  const { probe, observedAtUnixMs, uptimeMs, durationMs, outcome, failure, factsHash, sampleValues } = observation;
  const numbers = Float64Array.from([Number(observedAtUnixMs), Number(uptimeMs), durationMs, outcome, ...sampleValues]);
  return createHash("sha256").update(`${probe}\0${failure?.code}\0`).update(factsHash).update(numbers).digest("hex").slice(0, 16);
}
