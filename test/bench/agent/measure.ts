/** Runs an agent against a real collector and says what it costs. */
import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@nodekeeper/shared";
import { createProgram, type Program } from "../../durability/program.ts";
import { waitUntil } from "../../durability/wait-until.ts";
import { freePorts, repositoryPath } from "../../e2e/installation.ts";
import { identityClients } from "../../identity/identity-scene.ts";
import { childPrograms, processUsage } from "./process-usage.ts";

/** How the agent runs: one process, or two. */
export type Form = "run" | "split";

/** What the agent costs, all its processes together. */
export interface Cost {
  readonly form: Form;
  readonly minutes: number;
  /** Of one core, children included, after the start. */
  readonly cpuPercent: number;
  /** Highest seen. */
  readonly residentBytes: number;
  readonly anonymousBytes: number;
  /** Written to storage, after the start, projected to a day. */
  readonly writtenBytesPerDay: number;
  /** Programs that were seen as children. */
  readonly children: readonly string[];
}

/** The flags that the agent is started with everywhere: they keep V8's heap small. */
const nodeFlags = ["--lite-mode", "--max-semi-space-size=1", "--max-old-space-size=64"];
/** The start is not counted: modules are loaded, every probe runs at once, the heap finds its size. */
const settlingMs = 60_000;
const samplingMs = 100;
const memorySamplingMs = 5_000;
const dayMs = 24 * 3_600_000;

/** Measures for some minutes after a minute of settling; the agent is enrolled and reports by TLS, or reports in plain. */
export async function measure(form: Form, isPlain: boolean, minutes: number, signal: AbortSignal): Promise<Cost> {
  const folder = await mkdtemp(join(tmpdir(), "nodekeeper-bench-"));
  const [http = 0, grpc = 0, publicGrpc = 0] = await freePorts(3);
  const data = join(folder, "collector");
  const identity = join(folder, "identity.json");
  const node = (...argv: string[]): Program =>
    createProgram({ argv: [process.execPath, ...argv], env: { PATH: "/usr/bin:/bin" }, logFile: join(folder, "log") });
  const agent = (...argv: string[]): Program => node(...nodeFlags, repositoryPath("agent/dist/agent.cjs"), ...argv);
  const collector = node(
    repositoryPath("collector/dist/collector.cjs"),
    ...["--listen", `127.0.0.1:${http}`, "--grpc-listen", `127.0.0.1:${grpc}`, "--data-dir", data],
    ...["--public-grpc-listen", `127.0.0.1:${publicGrpc}`, "--public-name", "localhost", "--kubernetes", "off"],
  );
  const where = isPlain ? ["--collector", `127.0.0.1:${grpc}`] : ["--identity-file", identity];
  const spool = ["--spool-dir", join(folder, "spool")];
  const socket = ["--socket", join(folder, "socket", "spool.sock")];
  const quiet = ["--health-listen", "none"];
  const agents =
    form === "run"
      ? [agent("run", ...where, ...spool, ...quiet)]
      : [agent("probe", ...spool, ...socket, ...quiet), agent("report", ...where, ...socket, ...quiet)];
  try {
    collector.start();
    if (!isPlain) await enroll(data, publicGrpc, identity);
    for (const program of agents) program.start();
    await waitUntil("the agent reports", 30_000, async () => {
      for (const program of [collector, ...agents])
        if (program.ended() !== undefined) throw new Error(`ended early: ${program.log()}`);
      const response = await fetch(`http://127.0.0.1:${http}/api/v1/nodes`).catch(() => undefined);
      return response?.ok === true && ((await response.json()) as { readonly nodes: readonly unknown[] }).nodes.length === 1; // our own API
    });
    await systemClock.sleep(settlingMs, signal);
    return await watch(form, agents, minutes, signal);
  } finally {
    for (const program of [...agents, collector]) await program[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  }
}

/** As a person does it: a token from the collector, then one command. */
async function enroll(data: string, port: number, identityFile: string): Promise<void> {
  const address = { host: "127.0.0.1", port };
  const clients = await waitUntil("the collector is there", 30_000, () => identityClients(data, address).catch(() => undefined));
  const input = await waitUntil("the collector gives a token", 30_000, () => clients.joinToken("bench").catch(() => undefined));
  const command = [repositoryPath("packages/cli/src/main.ts"), "enroll", `127.0.0.1:${port}`, "--identity-file", identityFile];
  const { status, stderr } = spawnSync(process.execPath, command, { input, encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
}

async function watch(form: Form, agents: readonly Program[], minutes: number, signal: AbortSignal): Promise<Cost> {
  const pids = agents.map(pidOf);
  const startedAtMs = systemClock.monotonicMs();
  const before = total(pids);
  const children = new Set<string>();
  let residentBytes = 0;
  let anonymousBytes = 0;
  let nextMemoryMs = startedAtMs;
  for (let nowMs = startedAtMs; nowMs - startedAtMs < minutes * 60_000; nowMs = systemClock.monotonicMs()) {
    for (const agent of agents)
      if (agent.ended() !== undefined) throw new Error(`the agent ended (${agent.ended()}): ${agent.log()}`);
    for (const pid of pids) for (const name of childPrograms(pid)) children.add(name);
    if (nowMs >= nextMemoryMs) {
      const usage = total(pids);
      residentBytes = Math.max(residentBytes, usage.residentBytes);
      anonymousBytes = Math.max(anonymousBytes, usage.anonymousBytes);
      nextMemoryMs += memorySamplingMs;
    }
    await systemClock.sleep(samplingMs, signal);
  }
  const after = total(pids);
  const elapsedMs = systemClock.monotonicMs() - startedAtMs;
  return {
    form,
    minutes,
    cpuPercent: (100_000 * (after.cpuSeconds - before.cpuSeconds)) / elapsedMs,
    residentBytes,
    anonymousBytes,
    writtenBytesPerDay: ((after.writtenBytes - before.writtenBytes) * dayMs) / elapsedMs,
    children: [...children].sort(),
  };
}

function total(pids: readonly number[]): ReturnType<typeof processUsage> {
  const usages = pids.map(processUsage);
  const sum = (pick: (usage: (typeof usages)[number]) => number): number => usages.reduce((all, usage) => all + pick(usage), 0);
  return {
    cpuSeconds: sum((usage) => usage.cpuSeconds),
    residentBytes: sum((usage) => usage.residentBytes),
    anonymousBytes: sum((usage) => usage.anonymousBytes),
    writtenBytes: sum((usage) => usage.writtenBytes),
  };
}

function pidOf(program: Program): number {
  const pid = program.pid();
  if (pid === undefined) throw new Error("the agent does not run");
  return pid;
}
