/**
 * What one collector bears: `node test/bench/fleet/main.ts [--agents 100,500,1000,2500,5000,10000] [--seconds 60] [--warm-up 30]
 * [--door public|local] [--churn-percent 1] [--collector FOLDER] [--flags "FLAGS OF V8"] [--collector-core 0] [--agent-cores 1] [--processes 1]`. The collector is the built one
 * (pnpm --filter @nodekeeper/collector run build), or another build to compare with, pinned to one core; the agents are simulated (machines.ts)
 * in other processes. For each size: all dial at once and send all they know; then they report at their default intervals while some crash and
 * come back; then the collector is restarted. Prints the table that RESULTS.md keeps.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { freePorts } from "../../e2e/installation.ts";
import { authoritiesOf, prepareVault } from "../../support/prepared-vault.ts";
import { type CollectorOptions, type CollectorProcess, startCollector, type Usage } from "./collector-process.ts";
import { machineId } from "./machines.ts";
import type { Member } from "./simulated-agent.ts";
import type { TallyReport } from "./simulator.ts";
import { type Simulators, startSimulators } from "./simulators.ts";

const { values } = parseArgs({
  options: {
    agents: { type: "string", default: "100,500,1000,2500,5000,10000" },
    seconds: { type: "string", default: "60" },
    "warm-up": { type: "string", default: "30" },
    "churn-percent": { type: "string", default: "1" },
    collector: { type: "string", default: join(import.meta.dirname, "../../../collector/dist") },
    flags: { type: "string", default: "--max-semi-space-size=16" },
    "collector-core": { type: "string", default: "0" },
    "agent-cores": { type: "string", default: "1" },
    processes: { type: "string", default: "1" },
    door: { type: "string", default: "public" },
  },
});
const seconds = Number(values.seconds);
const warmUpSeconds = Number(values["warm-up"]);
const processCount = Number(values.processes);
/** Nobody waits longer for agents to be let in. */
const patienceMs = 240_000;

/** How agents came in, all at once. */
interface Herd {
  readonly seconds: number;
  readonly latenciesMs: readonly number[];
  readonly cpuSeconds: number;
  readonly peakBytes: number;
}

console.log(
  `${new Date().toISOString()}: ${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}, load ${loadavg()[0]?.toFixed(1)}`,
);
console.log(
  row([
    ...[
      "agents",
      "all in, s",
      "p50 / p99 then, ms",
      "obs/s",
      "ack p50 / p99 / max, ms",
      "core %",
      "µs/obs",
      "RSS MiB",
      "RSS KiB/agent",
    ],
    ...[
      "heap KiB/agent",
      "back in, s",
      "p99 then, ms",
      "RSS then, MiB",
      "simulator core %",
      "sent away",
      "broken",
      "rejected, lost",
    ],
  ]),
);
console.log(row(Array.from({ length: 17 }, () => "---:")));
for (const count of values.agents.split(",")) console.log(row(await measure(Number(count))));

async function measure(count: number): Promise<readonly (string | number)[]> {
  const dataDir = mkdtempSync(join(tmpdir(), "nodekeeper-fleet-"));
  const members = await membersOf(dataDir, count, values.door);
  const [httpPort = 0, grpcPort = 0] = await freePorts(2);
  const options: CollectorOptions = {
    ...{ dist: values.collector, flags: values.flags.split(" ").filter(Boolean), dataDir, core: values["collector-core"] },
    ...{ door: values.door === "local" ? "local" : "public", httpPort, grpcPort },
  };
  const collector = await startCollector(options);
  await sleep(3_000);
  const idle = collector.usage();
  const idleHeap = (await collector.metrics())("nodejs_heap_size_used_bytes");
  const where = { address: `127.0.0.1:${grpcPort}`, authoritiesFile: await authoritiesFile(dataDir, options.door) };
  const simulators = startSimulators(where, processCount, values["agent-cores"]);
  try {
    const membersIn = (index: number): readonly Member[] => members.filter(({ node }) => node % processCount === index);
    await simulators.tell((index) => ({ kind: "start", members: membersIn(index), perSecond: 0 }));
    const first = await whileComingIn(simulators, collector, count, 0);
    await sleep(warmUpSeconds * 1_000);

    const churnPerSecond = (count * Number(values["churn-percent"])) / 100 / 60 / processCount;
    const before = await simulators.tell(() => ({ kind: "churn", perSecond: churnPerSecond }));
    const [from, simulatorsFrom] = [collector.usage(), simulators.cpuSeconds()];
    await sleep(seconds * 1_000);
    const after = await simulators.tell(() => ({ kind: "churn", perSecond: 0 }));
    const [to, simulatorsTo] = [collector.usage(), simulators.cpuSeconds()];
    const heap = (await collector.metrics())("nodejs_heap_size_used_bytes");

    await sleep(7_000); // those that crashed come back
    const greetedBefore = (await simulators.tell(report)).greetings;
    await collector.stop();
    const again = await startCollector(options);
    const second = await whileComingIn(simulators, again, count, greetedBefore);
    const end = await simulators.tell(report);
    await again.stop();

    const acknowledged = after.acknowledged - before.acknowledged;
    const cpuSeconds = to.cpuSeconds - from.cpuSeconds;
    return [
      ...[count, first.seconds.toFixed(1), `${ms(first.latenciesMs, 50)} / ${ms(first.latenciesMs, 99)}`],
      (acknowledged / seconds).toFixed(0),
      `${ms(after.latenciesMs, 50)} / ${ms(after.latenciesMs, 99)} / ${ms(after.latenciesMs, 100)}`,
      ((cpuSeconds / seconds) * 100).toFixed(1),
      ((cpuSeconds / acknowledged) * 1e6).toFixed(0),
      mebibytes(to.residentBytes),
      ((to.residentBytes - idle.residentBytes) / count / 1024).toFixed(0),
      ((heap - idleHeap) / count / 1024).toFixed(0),
      ...[second.seconds.toFixed(1), ms(second.latenciesMs, 99), mebibytes(second.peakBytes)],
      (((simulatorsTo - simulatorsFrom) / seconds) * 100).toFixed(0),
      ...[end.sentAway, end.broken, `${end.rejected}, ${end.lost}`],
    ];
  } finally {
    simulators.stop();
    await collector.stop().catch(() => undefined); // it was stopped before
    rmSync(dataDir, { recursive: true });
  }
}

/** All of them enrolled; who comes by the local door is not, since names of those who prove themselves are not free there. */
async function membersOf(dataDir: string, count: number, door: string): Promise<readonly Member[]> {
  if (door === "local") return Array.from({ length: count }, (_, node) => ({ node, machineId: machineId(node), credential: "" }));
  const machines = await prepareVault(
    dataDir,
    Array.from({ length: count }, (_, node) => `node-${node}`),
  );
  return machines.map(({ machineId, credential }, node) => ({ node, machineId, credential }));
}

async function authoritiesFile(dataDir: string, door: CollectorOptions["door"]): Promise<string | undefined> {
  if (door === "local") return undefined;
  const file = join(dataDir, "authorities-for-agents.pem");
  writeFileSync(file, (await authoritiesOf(dataDir)).join("\n"));
  return file;
}

/** Waits until all are connected and nothing of what they knew then waits for its acknowledgement. */
async function whileComingIn(
  simulators: Simulators,
  collector: CollectorProcess,
  count: number,
  greetedBefore: number,
): Promise<Herd> {
  const startedAtMs = performance.now();
  const from: Usage = collector.usage();
  const latenciesMs: number[] = [];
  let peakBytes = 0;
  let isIn = false;
  while (!isIn) {
    await sleep(200);
    const tally: TallyReport = await simulators.tell(report);
    for (const each of tally.latenciesMs) latenciesMs.push(each);
    peakBytes = Math.max(peakBytes, collector.usage().residentBytes);
    const waiting = tally.observed - tally.acknowledged - tally.lost - tally.forgotten;
    isIn = tally.connected === count && tally.greetings - greetedBefore >= count && waiting < count / 20;
    if (performance.now() - startedAtMs > patienceMs)
      throw new Error(`not all came in: ${JSON.stringify({ ...tally, latenciesMs: 0, admissionsMs: 0 })}`);
  }
  const elapsed = (performance.now() - startedAtMs) / 1_000;
  console.error(
    `${count} came in: ${elapsed.toFixed(1)} s, ${(collector.usage().cpuSeconds - from.cpuSeconds).toFixed(1)} s of CPU`,
  );
  return { seconds: elapsed, latenciesMs, cpuSeconds: collector.usage().cpuSeconds - from.cpuSeconds, peakBytes };
}

function report(): { readonly kind: "report" } {
  return { kind: "report" };
}

function ms(times: readonly number[], percent: number): string {
  const sorted = Float64Array.from(times).sort();
  return (sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? Number.NaN).toFixed(0);
}

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(0);
}

function row(cells: readonly (string | number)[]): string {
  return `| ${cells.join(" | ")} |`;
}

function sleep(forMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, forMs));
}
