/**
 * A program that does nothing but commit to the store, as fast as the disk lets it, and says on standard output what was acknowledged:
 * one line of JSON for each commit. Time is simulated, a second for each observation, and maintenance runs whenever an hour of it is over,
 * so that a kill meets compaction too. Arguments: data directory, and how many commits are under way at once.
 */
import { writeSync } from "node:fs";
import { createLogger, systemClock } from "@nodekeeper/shared";
import { reading } from "../../collector/src/store/test-support/readings.ts";
import { openStore } from "../../collector/src/store/worker-store.ts";
import { type StoreWriterLine, startOfStoredTimeMs } from "./store-writer-line.ts";

const [directory = "", width = "1"] = process.argv.slice(2);
const hourMs = 3_600_000;
const pauseMs = 20;
const largestBatch = 20;

const store = await openStore({ directory, clock: systemClock, logger: createLogger("store-writer", "error") });
let maintainedHour = 0;
await Promise.all(Array.from({ length: Number(width) }, (_, index) => writeAs(`node-${index}`)));

/** Goes on where the store says that it ended, sends a part of what it has once more, and never ends. */
async function writeAs(node: string): Promise<never> {
  const spans = await store.committedSpans(node, "epoch");
  let first = Math.max(1, (spans.at(-1)?.last ?? 0) - 2 * largestBatch);
  for (;;) {
    const last = first + Math.trunc(Math.random() * largestBatch);
    const sequences = Array.from({ length: last - first + 1 }, (_, index) => first + index);
    try {
      await store.commit(sequences.map((sequence) => readingOf(node, sequence)));
      say({ node, acknowledged: [first, last] });
      first = last + 1;
      maintainWhenDue(startOfStoredTimeMs + last * 1000);
    } catch (thrown) {
      say({ node, failure: codeOf(thrown) });
      await systemClock.sleep(pauseMs, new AbortController().signal);
    }
  }
}

/** The number of the observation is its value, so that it can be found again. */
function readingOf(node: string, sequence: number): ReturnType<typeof reading> {
  const atMs = startOfStoredTimeMs + sequence * 1000;
  return reading({ node, epoch: "epoch", sequence, atMs, intervalMs: 1000, values: [sequence, sequence] });
}

function maintainWhenDue(nowMs: number): void {
  const hour = Math.floor(nowMs / hourMs);
  if (hour <= maintainedHour) return;
  maintainedHour = hour;
  store.maintain(nowMs).catch((thrown: unknown) => say({ node: "", failure: codeOf(thrown) }));
}

function say(line: StoreWriterLine): void {
  writeSync(1, `${JSON.stringify(line)}\n`);
}

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && "code" in thrown ? String(thrown.code) : String(thrown);
}
