/** Whether what was acknowledged is stored, once, and whether whoever looks for what is missing finds it said. Pure. */
import type { SentObservation } from "../durability/ledger.ts";

/** Sequence numbers of an epoch that the collector says are committed. */
export interface CommittedEpoch {
  readonly node: string;
  readonly epoch: string;
  readonly spans: readonly { readonly first: number; readonly last: number }[];
}

/** A row of the collector's journal. */
export interface StoredRow {
  readonly node: string;
  readonly epoch: string;
  readonly sequence: number;
  readonly fingerprint: string;
}

/** What an agent said that it lost. */
export interface SaidLoss {
  /** 0: nobody knows how many. */
  readonly observationCount: number;
  readonly reason: string;
}

/** All that is known after a run. */
export interface Evidence {
  /** What simulated agents sent, and what they were told. */
  readonly sent: readonly SentObservation[];
  readonly committed: readonly CommittedEpoch[];
  /** What of it was not compressed into chunks yet. */
  readonly rows: readonly StoredRow[];
  /** Observations in the database since it was made. */
  readonly storedCount: number;
  /** Of real agents, by node. */
  readonly losses: ReadonlyMap<string, readonly SaidLoss[]>;
}

/** What is wrong, in words; empty when all is well. */
export function problemsOf(evidence: Evidence): readonly string[] {
  return [...lost(evidence), ...doubled(evidence), ...strange(evidence), ...silent(evidence)];
}

/** How many observations are committed. */
export function committedCount(committed: readonly CommittedEpoch[]): number {
  return committed.flatMap(({ spans }) => spans).reduce((sum, { first, last }) => sum + last - first + 1, 0);
}

function lost({ sent, committed }: Evidence): readonly string[] {
  const spansOf = new Map(committed.map((epoch) => [keyOf(epoch), epoch.spans]));
  return sent
    .filter(({ isAcknowledged, refusal }) => isAcknowledged && refusal === undefined)
    .filter(
      ({ sequence, ...of }) => !(spansOf.get(keyOf(of)) ?? []).some(({ first, last }) => first <= sequence && sequence <= last),
    )
    .map(({ node, epoch, sequence }) => `${node}/${epoch}/${sequence} was acknowledged and is not stored`);
}

/** An observation that was written twice counts twice. */
function doubled({ rows, committed, storedCount }: Evidence): readonly string[] {
  const expected = committedCount(committed);
  const problems = storedCount === expected ? [] : [`${expected} observations are committed, and ${storedCount} were written`];
  const seen = new Set<string>();
  for (const row of rows) {
    const name = `${keyOf(row)}/${row.sequence}`;
    if (seen.has(name)) problems.push(`${name} is stored twice`);
    seen.add(name);
  }
  return problems;
}

function strange({ sent, rows }: Evidence): readonly string[] {
  const fingerprints = new Map(sent.map((each) => [`${keyOf(each)}/${each.sequence}`, each.fingerprint]));
  return rows.flatMap((row) => {
    const expected = fingerprints.get(`${keyOf(row)}/${row.sequence}`);
    return expected === undefined || expected === row.fingerprint ? [] : [`${keyOf(row)}/${row.sequence} is not what was sent`];
  });
}

/** Numbers between the first and the last of an epoch that never came, and of which the agent did not say that they are lost. */
function silent({ committed, losses }: Evidence): readonly string[] {
  return [...losses].flatMap(([node, said]) => {
    const missing = committed.filter((epoch) => epoch.node === node).reduce((sum, { spans }) => sum + gapsOf(spans), 0);
    const isUnknown = said.some(({ observationCount }) => observationCount === 0);
    const known = said.reduce((sum, { observationCount }) => sum + observationCount, 0);
    if (missing === 0 || isUnknown || missing <= known) return [];
    return [`${node}: ${missing} observations never came, and it said that it lost ${known}`];
  });
}

function gapsOf(spans: CommittedEpoch["spans"]): number {
  const sorted = [...spans].sort((a, b) => a.first - b.first);
  return sorted.reduce(
    (sum, { first }, index) => sum + (index === 0 ? first - 1 : first - (sorted[index - 1]?.last ?? 0) - 1),
    0,
  );
}

function keyOf({ node, epoch }: { readonly node: string; readonly epoch: string }): string {
  return `${node}/${epoch}`;
}
