/**
 * What following the use of GPUs costs the collector: an observation of a machine with a GPU with it and without it, and of one without a GPU; and what it
 * holds and writes for a large fleet, with the real store. `node --expose-gc test/bench/gpu-usage/main.ts [--nodes 10000]`. By hand; RESULTS.md.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { createLogger, integerOption, readOptions, systemClock } from "@nodekeeper/shared";
import { Machine } from "../../../collector/src/api/test-support/machine.ts";
import { systemReadings } from "../../../collector/src/api/test-support/readings.ts";
import { createGpuUsage } from "../../../collector/src/gpu-usage/create-gpu-usage.ts";
import { createNodeUsage, type NodeUsage } from "../../../collector/src/gpu-usage/node-usage.ts";
import { openUsageMemory } from "../../../collector/src/gpu-usage/usage-memory.ts";
import { noRouting } from "../../../collector/src/routing/no-routing.ts";
import type { StateEvent } from "../../../collector/src/state/event.ts";
import { createStateHolder, type StateHolder } from "../../../collector/src/state/holder.ts";
import { openStore } from "../../../collector/src/store/worker-store.ts";
import { GpuReporter } from "../gpu/gpu-machines.ts";

const { nodes: nodeCount } = readOptions(
  { nodes: integerOption({ description: "how many nodes", default: "10000", minimum: 100, maximum: 10_000 }) },
  { args: process.argv.slice(2), env: {}, envPrefix: "NODEKEEPER_BENCH_" },
);
const logger = createLogger("bench", "error");
const clock = systemClock;
const noStore = { documents: async () => [], saveDocuments: async () => undefined };
const noReservations = { of: () => undefined, onChanged: () => ({ [Symbol.dispose]: () => undefined }) };
const stepMs = 15_000;

console.log(`Node ${process.version}, ${cpus().length} cores`);
await compareObservations(500, 12);
await compareOthers(nodeCount, 8);
await holdAndWrite(nodeCount);

/** The same observations of the same machines into two states, one of which is followed, round about. */
async function compareObservations(count: number, rounds: number): Promise<void> {
  const reporters = Array.from({ length: count }, (_, index) => new GpuReporter(index));
  const startMs = clock.wallMs() - rounds * stepMs;
  // Agents speak of the two at different times.
  const said = (round: number): readonly (readonly StateEvent[])[] => [
    reporters.map((reporter) => reporter.gpu(startMs + round * stepMs, round)),
    reporters.map((reporter) => reporter.ollama(startMs + round * stepMs)),
  ];
  const { withIt, without } = await compared(
    reporters.flatMap((reporter) => reporter.first(startMs)),
    Array.from({ length: rounds }, (_, round) => said(round + 1)).flat(),
  );
  print(`an observation of a machine with a GPU (${count} machines)`, withIt, without, rounds * count * 2);
}

/** What machines without a GPU say. */
async function compareOthers(count: number, rounds: number): Promise<void> {
  const machines = Array.from({ length: count }, (_, index) => new Machine(`node-${index}`));
  const startMs = clock.wallMs() - rounds * stepMs;
  const say = (round: number): readonly StateEvent[] =>
    machines.map((machine) => machine.observe("system", systemReadings(1000 + round, 0.5), startMs + round * stepMs));
  const first = machines.flatMap((machine) => [machine.connect(startMs)]);
  const { withIt, without } = await compared(
    [...first, ...say(0)],
    Array.from({ length: rounds }, (_, round) => say(round + 1)),
  );
  print(`an observation of a machine without one (${count} machines)`, withIt, without, rounds * count);
}

async function compared(
  first: readonly StateEvent[],
  rounds: readonly (readonly StateEvent[])[],
): Promise<{ readonly withIt: number; readonly without: number }> {
  const [followed, alone] = [createStateHolder([]), createStateHolder([])];
  await using _ = await createGpuUsage({
    ...{ state: followed, routing: noRouting, reservations: noReservations, store: noStore },
    ...{ clock, random: Math.random, logger },
  });
  for (const state of [followed, alone]) await apply(state, first);
  let [withIt, without] = [0, 0];
  for (const events of rounds) {
    without += await apply(alone, events);
    withIt += await apply(followed, events);
  }
  return { withIt, without };
}

/** This thread's own time until all is told to all, in ms. */
async function apply(state: StateHolder, events: readonly StateEvent[]): Promise<number> {
  const before = threadMs();
  for (const event of events) state.apply(event);
  await new Promise<void>((resolve) => {
    setImmediate(() => setImmediate(resolve));
  });
  return threadMs() - before;
}

/** A fleet in which every machine has a GPU with three owners, and three models; a whole day of it. */
async function holdAndWrite(count: number): Promise<void> {
  const heldBefore = heldBytes();
  const nowMs = clock.wallMs();
  const usages = new Map<string, NodeUsage>();
  const day = aDay(nowMs);
  for (let index = 0; index < count; index += 1) {
    const usage = createNodeUsage(`gpu-${index}`);
    usage.restore(day);
    usages.set(usage.node, usage);
  }
  console.log(`\n${count} machines, each with a day of three owners and three models:`);
  console.log(`  held: ${mebibytes(heldBytes() - heldBefore)}`);
  const folder = mkdtempSync(join(tmpdir(), "nodekeeper-bench-usage-"));
  try {
    await using store = await openStore({ directory: folder, clock, logger });
    const memory = await openUsageMemory({ store, logger });
    const documentOf = (node: string, fromMs: number) => usages.get(node)?.document(fromMs);
    for (const [what, atMs] of [
      ["whole days, 1,000 a minute", nowMs],
      ["what came in a minute, of all", nowMs + 60_000],
    ] as const) {
      let [cpuMs, wallMs, minutes, bytes] = [0, 0, 0, 0];
      const isWhole = atMs === nowMs;
      for (let left = isWhole ? Math.ceil(count / 1000) : 1; left > 0; left -= 1) {
        for (const node of [...usages.keys()].slice(isWhole ? minutes * 1000 : 0, isWhole ? (minutes + 1) * 1000 : count))
          memory.changed(node);
        const [cpuBefore, wallBefore] = [threadMs(), performance.now()];
        await memory.save(atMs, (node, fromMs) => {
          const document = documentOf(node, fromMs);
          bytes += minutes === 0 && document !== undefined ? JSON.stringify(document).length / (isWhole ? 1000 : count) : 0;
          return document;
        });
        cpuMs += threadMs() - cpuBefore;
        wallMs += performance.now() - wallBefore;
        minutes += 1;
      }
      console.log(
        `  ${what}: ${bytes.toFixed(0)} bytes each, ${(cpuMs / minutes).toFixed(0)} ms of this thread a minute, ${(wallMs / minutes).toFixed(0)} ms until written`,
      );
    }
    const wallBefore = performance.now();
    const again = await openUsageMemory({ store, logger });
    console.log(`  read at a start: ${again.restored.size} machines in ${(performance.now() - wallBefore).toFixed(0)} ms`);
    console.log(`  database: ${mebibytes((await store.status()).databaseBytes)}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** As it is written down after a day of readings. */
function aDay(nowMs: number): ReturnType<NodeUsage["document"]> {
  const usage = createNodeUsage("gpu");
  const names = ["llama3.1:8b", "granite4:3b", "qwen2.5:14b"];
  for (let atMs = nowMs - 86_400_000; atMs <= nowMs; atMs += stepMs) {
    const minute = Math.floor(atMs / 60_000);
    const owners = new Map([
      ["ollama ollama", ((minute % 7) + 1) * 1.1e9],
      ["desktop desktop", 3e8 + (minute % 13) * 1e7],
      ["game Cyberpunk2077.exe", minute % 600 < 120 ? 9e9 : 0],
    ]);
    usage.takeMemory(atMs, 75_000, [
      { id: "0000:01:00.0", name: "RTX 5070 Ti", capacityBytes: 16e9, held: { owners, freeBytes: 3e9 } },
    ]);
    const stays = { contextLengthTokens: 4096, expiresAtMs: Number.POSITIVE_INFINITY };
    const loaded = new Map(names.filter((_, index) => (minute >> index) % 2 === 0).map((name) => [name, stays]));
    usage.takeModels({ atMs, goodForMs: 75_000, witness: "agent", run: "1", loaded }, false);
  }
  return usage.document(0);
}

function print(what: string, withIt: number, without: number, count: number): void {
  const micros = (ms: number): string => `${((ms * 1000) / count).toFixed(1)} µs`;
  console.log(`${what}: ${micros(withIt)} with it, ${micros(without)} without: ${(withIt / without).toFixed(2)} times`);
}

function threadMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

function heldBytes(): number {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
