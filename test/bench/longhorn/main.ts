/**
 * What it costs to follow Longhorn: node --expose-gc test/bench/longhorn/main.ts --nodes 10000 --replicas 50000 --minutes 11 [--real]
 * The feed and its holder in this process, from answers that were made beforehand, or (--real) from a real API server. Measured are time, memory, how long the
 * process answers nobody else, and what is asked of the API server.
 */

import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { createLonghornFeed } from "../../../collector/src/ingest/cluster/longhorn-feed.ts";
import { createLonghornHolder } from "../../../collector/src/state/longhorn/create-longhorn-holder.ts";
import { createLogger, systemClock } from "../../../packages/shared/src/index.ts";
import { memoryCluster } from "./memory-cluster.ts";
import { realCluster } from "./real-cluster.ts";

const { values } = parseArgs({
  options: {
    nodes: { type: "string", default: "10000" },
    replicas: { type: "string", default: "50000" },
    minutes: { type: "string", default: "11" },
    real: { type: "boolean", default: false },
  },
});
const size = { nodes: Number(values.nodes), replicas: Number(values.replicas), volumes: Math.ceil(Number(values.replicas) / 3) };
const changes = Math.min(2_000, size.nodes);

await using cluster = await (values.real ? realCluster(size) : memoryCluster(size));
say(`${size.nodes} nodes, ${size.volumes} volumes, ${size.replicas} replicas`);
const needs = { client: cluster.client, namespace: "longhorn-system", clock: systemClock, random: Math.random };
const holder = createLonghornHolder();
const logger = createLogger("bench", "silent");
const emptyBytes = heapBytes();

{
  await using _feed = await followed("first list of all");
  say(`  held: ${mebibytes(heapBytes() - emptyBytes)} MiB of heap`);
}
const [nodes, replicas] = [holder.nodes(), holder.replicas()];
await using _feed = await followed("list of all anew, by another feed");
say(`  the same objects: ${holder.nodes() === nodes && holder.replicas() === replicas}`);
await measureChanges();
await measureSteadyState(Number(values.minutes));

/** Follows, and comes back when all is known. */
async function followed(what: string): Promise<AsyncDisposable> {
  const delays = monitorEventLoopDelay({ resolution: 1 });
  const fromMs = performance.now();
  const cpuMs = cpuMsNow();
  holder.setKnowledge({ kind: "unknown", problem: undefined });
  delays.enable();
  const feed = createLonghornFeed({ ...needs, holder, logger });
  while (holder.knowledge.kind !== "known") await sleep(20);
  delays.disable();
  const longest = `longest turn ${Math.round(delays.max / 1e6)} ms, 99 % below ${Math.round(delays.percentile(99) / 1e6)} ms`;
  say(`${what}: ${seconds(performance.now() - fromMs)} s, ${seconds(cpuMsNow() - cpuMs)} s of CPU, ${longest}`);
  return feed;
}

async function measureChanges(): Promise<void> {
  const cpuMs = cpuMsNow();
  const fromMs = performance.now();
  for (let node = 0; node < changes; node++) await cluster.setAvailable(node, 42);
  const writtenMs = performance.now();
  while (!Array.from({ length: changes }, (_, node) => node).every(isTold)) await sleep(5);
  say(
    `${changes} nodes changed in ${seconds(writtenMs - fromMs)} s; the last was held ${Math.round(performance.now() - writtenMs)} ms later;`,
  );
  say(`  ${((cpuMsNow() - cpuMs) / changes).toFixed(2)} ms of CPU a change, with making it`);
}

function isTold(node: number): boolean {
  return holder.node(`node-${node}`)?.disks.get("disk-0")?.status?.availableBytes === 42;
}

async function measureSteadyState(minutes: number): Promise<void> {
  const fromMs = Date.now();
  const cpuMs = cpuMsNow();
  await sleep(minutes * 60_000);
  const asked = await cluster.requestsSince(fromMs);
  say(`${minutes} minutes in which nothing happens: ${(asked.length / minutes).toFixed(1)} requests a minute,`);
  say(`  ${((cpuMsNow() - cpuMs) / (minutes * 600)).toFixed(2)} % of a core:`);
  for (const [what, each] of Map.groupBy(asked, (request) => request)) say(`  ${what}: ${each.length}`);
}

function heapBytes(): number {
  if (globalThis.gc === undefined) throw new Error("run it with node --expose-gc");
  globalThis.gc();
  globalThis.gc();
  return process.memoryUsage().heapUsed;
}

function cpuMsNow(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
