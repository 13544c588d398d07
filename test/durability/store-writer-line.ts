/** What store-writer.ts says, and what was stored by it. */
import type { Store } from "../../collector/src/store/store.ts";

/** When its time begins: the observation of sequence n was made n seconds later. */
export const startOfStoredTimeMs: number = Math.floor(Date.UTC(2026, 10, 22) / 3_600_000) * 3_600_000;

/** A line of its output. */
export type StoreWriterLine =
  | { readonly node: string; readonly acknowledged: readonly [first: number, last: number] }
  | { readonly node: string; readonly failure: string };

/** Reads its output; a line that a kill cut off is none. */
export function parseStoreWriterLines(output: string): readonly StoreWriterLine[] {
  return output
    .split("\n")
    .slice(0, -1)
    .filter((line) => line.startsWith('{"node"'))
    .map((line): StoreWriterLine => JSON.parse(line));
}

/** The last sequence number of a node that was acknowledged; they are acknowledged in order. */
export function lastAcknowledged(lines: readonly StoreWriterLine[], node: string): number {
  return lines.reduce(
    (last, line) => (line.node === node && "acknowledged" in line ? Math.max(last, line.acknowledged[1]) : last),
    0,
  );
}

/** Every value of a node that the store's history has, from journal and chunks, as it comes. */
export async function readStoredValues(store: Store, node: string, lastSequence: number): Promise<readonly number[]> {
  const values: number[] = [];
  const windowMs = 1000 * 1000; // fewer points than history thins out
  for (let fromMs = startOfStoredTimeMs; fromMs <= startOfStoredTimeMs + lastSequence * 1000; fromMs += windowMs) {
    const { series } = await store.history({
      ...{ node, kind: "block_device", id: undefined, names: ["temperature_celsius"], resolution: "raw" },
      ...{ fromMs, toMs: fromMs + windowMs - 1 },
    });
    values.push(...(series[0]?.average ?? []).filter((value) => value !== null));
  }
  return values;
}
