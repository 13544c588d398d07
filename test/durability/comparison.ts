/** Holds what the collector stored against what it had acknowledged. */
import { nameOf, type SentObservation } from "./ledger.ts";

/** An observation as it is found in the collector's database. */
export interface FoundObservation {
  readonly node: string;
  readonly epoch: string;
  readonly sequence: number;
  readonly fingerprint: string;
}

export interface Comparison {
  readonly sent: number;
  readonly acknowledged: number;
  readonly stored: number;
  /** Sent more than once: an acknowledgement was lost on its way. */
  readonly resent: number;
  /** Names of what was acknowledged and is not stored. */
  readonly lost: readonly string[];
  /** Names of what the collector refused as a whole, and why: it says so in its acknowledgement, and stores none of it. */
  readonly refused: readonly string[];
  /** Names of what is stored more than once. */
  readonly doubled: readonly string[];
  /** Names of what is stored but is not what was sent under that name, or was never sent. */
  readonly strange: readonly string[];
}

/** Compares by name and by what was observed. */
export function compare(sent: readonly SentObservation[], found: readonly FoundObservation[]): Comparison {
  const sentByName = new Map(
    sent.map((observation) => [nameOf(observation.node, observation.epoch, observation.sequence), observation]),
  );
  const foundNames = new Set<string>();
  const doubled: string[] = [];
  const strange: string[] = [];
  for (const observation of found) {
    const name = nameOf(observation.node, observation.epoch, observation.sequence);
    if (foundNames.has(name)) {
      doubled.push(name);
    }
    foundNames.add(name);
    if (sentByName.get(name)?.fingerprint !== observation.fingerprint) {
      strange.push(name);
    }
  }
  const acknowledged = [...sentByName].filter(([, observation]) => observation.isAcknowledged);
  return {
    sent: sent.length,
    acknowledged: acknowledged.length,
    stored: found.length,
    resent: sent.filter((observation) => observation.timesSent > 1).length,
    lost: acknowledged.filter(([name, { refusal }]) => refusal === undefined && !foundNames.has(name)).map(([name]) => name),
    refused: acknowledged.flatMap(([name, { refusal }]) => (refusal === undefined ? [] : [`${name}: ${refusal}`])),
    doubled,
    strange,
  };
}

/** One line for the test's output. */
export function describeComparison(comparison: Comparison): string {
  const { sent, acknowledged, stored, resent, lost, refused, doubled, strange } = comparison;
  return `sent ${sent}, acknowledged ${acknowledged}, stored ${stored}, lost ${lost.length}, refused ${refused.length}, doubled ${doubled.length}, strange ${strange.length}, resent ${resent}`;
}
