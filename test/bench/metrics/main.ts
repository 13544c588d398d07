/**
 * What one scrape of /metrics/nodes costs the collector: node test/bench/metrics/main.ts --nodes 1000. It compares our page with gauges of prom-client that
 * hold the same series, and
 * looks how long nobody else has a turn meanwhile.
 */
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { Gauge, Registry } from "prom-client";
import { aFinding, FakeFindings } from "../../../collector/src/api/test-support/fake-findings.ts";
import { aReading, Machine } from "../../../collector/src/api/test-support/machine.ts";
import { diskReadings, sensorReadings, smartReadings, systemReadings } from "../../../collector/src/api/test-support/readings.ts";
import { createExposition } from "../../../collector/src/exposition/exposition.ts";
import { noGpuUsage } from "../../../collector/src/gpu-usage/gpu-usage.ts";
import { noRouting } from "../../../collector/src/routing/no-routing.ts";
import { createStateHolder } from "../../../collector/src/state/holder.ts";
import { systemClock } from "../../../packages/shared/src/index.ts";

const { values } = parseArgs({
  options: { nodes: { type: "string", default: "1000" }, scrapes: { type: "string", default: "5" } },
});
const nodeCount = Number(values.nodes);

const state = createStateHolder([]);
const findings = new FakeFindings();
const nowMs = systemClock.wallMs();
for (let index = 0; index < nodeCount; index += 1) {
  const machine = new Machine(`node-${index}`, [
    "system",
    "disks",
    "sensors",
    "smart",
    "tailscale",
    "network",
    "time",
    "kernel-log",
  ]);
  state.apply(machine.connect(nowMs));
  state.apply(machine.observe("system", systemReadings(), nowMs));
  state.apply(machine.observe("disks", diskReadings(), nowMs));
  state.apply(machine.observe("sensors", sensorReadings(), nowMs));
  state.apply(machine.observe("smart", smartReadings(), nowMs));
  const self = aReading("tailscale", "", { case: "tailscale", value: { backendState: "Running" } }, { online_peers_total: 9 });
  const peers = Array.from({ length: 16 }, (_, peer) =>
    aReading(
      "tailscale_peer",
      `peer-${peer}`,
      { case: "tailscalePeer", value: { path: 1 } },
      { is_active: 1, latency_seconds: 0.01 },
    ),
  );
  state.apply(machine.observe("tailscale", [self, ...peers], nowMs));
  for (const probe of ["network", "time", "kernel-log"]) state.apply(machine.observe(probe, [], nowMs));
}
for (let index = 0; index < nodeCount / 20; index += 1) findings.put(aFinding(`node-${index}`, { id: `finding-${index}` }));
// As the engine has it: by node, without looking through all.
const byNode = Map.groupBy(findings.all(), ({ node }) => node);
const ofNode = (name: string) => byNode.get(name) ?? [];

const exposition = createExposition({
  ...{ state, clock: systemClock, reconciliation: undefined, fullAtMs: () => undefined },
  ...{ routing: noRouting, gpuUsage: noGpuUsage },
  findings: { all: () => findings.all(), ofNode },
});

/** One reading; `longestSliceMs` is the longest time of this thread's own work in which nobody else had a turn, whatever else the machine does. */
async function scrape(): Promise<{
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly longestSliceMs: number;
  readonly bytes: number;
}> {
  const threadMs = (): number => {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1000;
  };
  let longestSliceMs = 0;
  let isOver = false;
  let turnAtMs = threadMs();
  const turn = (): void => {
    const nowMs = threadMs();
    longestSliceMs = Math.max(longestSliceMs, nowMs - turnAtMs);
    turnAtMs = nowMs;
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  const cpuStartedMs = threadMs();
  const startedMs = performance.now();
  let bytes = 0;
  for await (const piece of exposition.page()) bytes += Buffer.byteLength(piece);
  isOver = true;
  turn();
  return { wallMs: performance.now() - startedMs, cpuMs: threadMs() - cpuStartedMs, longestSliceMs, bytes };
}

const print = (what: string, facts: object): void => void process.stdout.write(`${what} ${JSON.stringify(facts)}\n`);
const round = (value: number): number => Math.round(value * 10) / 10;

for (let index = 0; index < Number(values.scrapes); index += 1) {
  const { wallMs, cpuMs, longestSliceMs, bytes } = await scrape();
  print("page", {
    nodes: nodeCount,
    wallMs: round(wallMs),
    cpuMs: round(cpuMs),
    longestSliceMs: round(longestSliceMs),
    megabytes: round(bytes / 1e6),
  });
}

let text = "";
for await (const piece of exposition.page()) text += piece;
const series = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
const packStartedMs = performance.now();
const packed = gzipSync(text, { level: 1 });
print("series", {
  count: series.length,
  aNode: round(series.length / nodeCount),
  packedMegabytes: round(packed.length / 1e6),
  packMs: round(performance.now() - packStartedMs),
  residentMegabytes: round(process.memoryUsage().rss / 1e6),
});

if (nodeCount <= 1000) {
  const registry = new Registry();
  const gauges = new Map<string, Gauge>();
  const before = process.memoryUsage().heapUsed;
  const parsed = series.map((line) => {
    const [, name = "", labels = "", value = ""] = /^(\w+)\{(.*)\} (\S+)$/.exec(line) ?? [];
    return {
      name,
      labels: Object.fromEntries([...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map((match) => [match[1], match[2]])),
      value: Number(value),
    };
  });
  const startedMs = performance.now();
  for (const { name, labels, value } of parsed) {
    let gauge = gauges.get(name);
    if (gauge === undefined) {
      gauge = new Gauge({ name, help: name, labelNames: Object.keys(labels), registers: [registry] });
      gauges.set(name, gauge);
    }
    gauge.set(labels as Record<string, string>, value);
  }
  const setMs = performance.now() - startedMs;
  const renderStartedMs = performance.now();
  await registry.metrics();
  print("prom-client", {
    setMs: round(setMs),
    renderMs: round(performance.now() - renderStartedMs),
    heldMegabytes: round((process.memoryUsage().heapUsed - before) / 1e6),
  });
}
