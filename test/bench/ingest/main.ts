/**
 * How much of a machine the collector needs for many nodes: `node test/bench/ingest/main.ts [--nodes 5000] [--seconds 120] [--warm-up 60]
 * [--connect-per-second 0] [--rich]`. The collector is the built one (pnpm --filter @nodekeeper/collector run build), its database lies in a
 * temporary folder; the agents are one other process. Prints what RESULTS.md keeps. 0 connections per second means all at once. With --rich each node has a
 * GPU with 40 processes, Ollama with 300 models and 128 tailnet peers besides.
 */
import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type AgentsReport, probesOf, runAgents } from "./agents.ts";

const [, script = "", mode, ...agentArgs] = process.argv;
if (mode === "--agents") {
  const [address = "", count = 0, connectPerSecond = 0, kind] = agentArgs;
  runAgents(address, Number(count), Number(connectPerSecond), kind === "rich");
} else {
  const { values } = parseArgs({
    options: {
      nodes: { type: "string", default: "5000" },
      seconds: { type: "string", default: "120" },
      "warm-up": { type: "string", default: "60" },
      "connect-per-second": { type: "string", default: "0" },
      rich: { type: "boolean", default: false },
    },
  });
  const { nodes, seconds, rich } = values;
  await run(Number(nodes), Number(seconds), Number(values["warm-up"]), Number(values["connect-per-second"]), rich);
}

/** CPU seconds and memory of a process, as the kernel counts them. */
interface Usage {
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  readonly anonymousBytes: number;
  readonly writtenBytes: number;
}

function usageOf(child: ChildProcess): Usage {
  const fields = readFileSync(`/proc/${child.pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
  const io = readFileSync(`/proc/${child.pid}/io`, "utf8");
  const kibibytes = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) * 1024;
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / 100,
    residentBytes: kibibytes("VmRSS"),
    anonymousBytes: kibibytes("RssAnon"),
    writtenBytes: Number(/write_bytes: (\d+)/.exec(io)?.[1]),
  };
}

async function startCollector(folder: string): Promise<{ child: ChildProcess; url: string; grpc: string }> {
  const house = join(import.meta.dirname, "../../..");
  const args = ["--listen", "127.0.0.1:0", "--grpc-listen", "127.0.0.1:0", "--data-dir", folder];
  const child = spawn(process.execPath, [join(house, "collector/dist/collector.cjs"), ...args], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let text = "";
  for await (const chunk of child.stderr) {
    text += String(chunk);
    const line = text.split("\n").find((each) => each.includes("the collector is listening") && each.endsWith("}"));
    if (line === undefined) continue;
    const { url, grpcAddress } = JSON.parse(line);
    return { child, url, grpc: `${grpcAddress.host}:${grpcAddress.port}` };
  }
  throw new Error(`the collector ended: ${text}`);
}

async function ask(agents: ChildProcess): Promise<AgentsReport> {
  agents.send("report");
  const [report] = await once(agents, "message");
  return report;
}

function percentile(sorted: readonly number[], percent: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? Number.NaN;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

async function run(
  nodes: number,
  seconds: number,
  warmUpSeconds: number,
  connectPerSecond: number,
  isRich: boolean,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "nodekeeper-bench-"));
  const collector = await startCollector(folder);
  collector.child.stderr?.destroy();
  await sleep(2_000);
  const idle = usageOf(collector.child);
  const startedAtMs = performance.now();
  const agents = fork(script, ["--agents", collector.grpc, String(nodes), String(connectPerSecond), isRich ? "rich" : "plain"]);
  let first = await ask(agents);
  while (first.connected < nodes || first.acknowledged < nodes * probesOf(isRich).length) {
    await sleep(250);
    const next = await ask(agents);
    first = { ...next, latenciesMs: [...first.latenciesMs, ...next.latenciesMs].sort((a, b) => a - b) };
  }
  const admittedSeconds = (performance.now() - startedAtMs) / 1_000;
  const admitted = usageOf(collector.child);

  await sleep(warmUpSeconds * 1_000);
  const before = await ask(agents);
  const from = usageOf(collector.child);
  const agentsFrom = usageOf(agents);
  await sleep(seconds * 1_000);
  const after = await ask(agents);
  const to = usageOf(collector.child);
  const agentsTo = usageOf(agents);
  const metrics = await fetch(`${collector.url}/metrics`).then((response) => response.text());
  const metric = (name: string): number => Number(new RegExp(`^${name} (.*)$`, "m").exec(metrics)?.[1]);
  const databaseBytes = readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);

  const rows: readonly (readonly [string, string])[] = [
    [
      "nodes, machine",
      `${nodes}; ${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}, load ${loadavg()[0]?.toFixed(1)}`,
    ],
    [
      "all admitted, first reports acknowledged after",
      `${admittedSeconds.toFixed(1)} s (${mebibytes(admitted.residentBytes)} RSS then)`,
    ],
    [
      "  acknowledgement p50 / p99 meanwhile",
      `${percentile(first.latenciesMs, 50).toFixed(0)} / ${percentile(first.latenciesMs, 99).toFixed(0)} ms`,
    ],
    [
      "  CPU of the collector meanwhile",
      `${(admitted.cpuSeconds - idle.cpuSeconds).toFixed(1)} s, ${(((admitted.cpuSeconds - idle.cpuSeconds) / nodes) * 1_000).toFixed(1)} ms a node`,
    ],
    ["observations a second, steady", ((after.acknowledged - before.acknowledged) / seconds).toFixed(0)],
    ["CPU of the collector, steady", `${(((to.cpuSeconds - from.cpuSeconds) / seconds) * 100).toFixed(1)} % of a core`],
    [
      "  for each observation",
      `${(((to.cpuSeconds - from.cpuSeconds) / (after.acknowledged - before.acknowledged)) * 1e6).toFixed(0)} µs, all threads`,
    ],
    ["CPU of all agents", `${(((agentsTo.cpuSeconds - agentsFrom.cpuSeconds) / seconds) * 100).toFixed(1)} % of a core`],
    [
      "acknowledgement p50 / p99 / max, steady",
      `${percentile(after.latenciesMs, 50).toFixed(1)} / ${percentile(after.latenciesMs, 99).toFixed(1)} / ${percentile(after.latenciesMs, 100).toFixed(1)} ms`,
    ],
    ["event loop lag p99", `${(metric("nodekeeper_collector_nodejs_eventloop_lag_p99_seconds") * 1_000).toFixed(1)} ms`],
    ["RSS / anonymous, no node", `${mebibytes(idle.residentBytes)} / ${mebibytes(idle.anonymousBytes)}`],
    ["RSS / anonymous, all nodes", `${mebibytes(to.residentBytes)} / ${mebibytes(to.anonymousBytes)}`],
    [
      "findings at the end",
      String(
        [...metrics.matchAll(/^nodekeeper_collector_findings\{.*\} (\d+)$/gm)].reduce((sum, match) => sum + Number(match[1]), 0),
      ),
    ],
    ["heap used", mebibytes(metric("nodekeeper_collector_nodejs_heap_size_used_bytes"))],
    ["anonymous memory a node", `${((to.anonymousBytes - idle.anonymousBytes) / nodes / 1024).toFixed(1)} KiB`],
    [
      "evaluation",
      `${((metric("nodekeeper_collector_evaluation_seconds_total") / metric("nodekeeper_collector_evaluations_total")) * 1e6).toFixed(0)} µs a node`,
    ],
    ["database", `${mebibytes(databaseBytes)}; ${mebibytes((to.writtenBytes - from.writtenBytes) / seconds)}/s written`],
    [
      "not acknowledged / full facts asked for / streams lost",
      `${after.sent - after.acknowledged} / ${after.needFull} / ${after.failures}`,
    ],
  ];
  for (const [name, value] of rows) console.log(`| ${name} | ${value} |`);

  agents.kill("SIGKILL");
  collector.child.kill("SIGTERM");
  const [exitCode] = await once(collector.child, "exit");
  console.log(`| the collector ended with | ${exitCode} |`);
  rmSync(folder, { recursive: true });
}
