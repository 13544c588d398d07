/**
 * What the health of nodes costs under load. `node test/bench/health/main.ts [--seconds 20]` prints the tables of RESULTS.md: 1,000 nodes report, and
 * somebody asks for the health of a random one 1,000 times a second, each request at its time whether those before it were answered or not. The server
 * is a process of its own; the asking one shares the other core with whatever else the machine does.
 */
import { cpus, loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { type FleetProcess, startFleet } from "../api/fleet-process.ts";
import { serveFleet } from "../api/fleet-server.ts";
import { askSteadily } from "./ask-steadily.ts";

const nodeCount = 1_000;
/** Each node's probes together: four a minute each, and what changes between. */
const observationsPerSecond = 100;

const [, script, mode, argument] = process.argv;
if (mode === "--serve") await serveFleet(Number(argument));
else await run(mode === "--seconds" ? Number(argument) : 20);

async function run(seconds: number): Promise<void> {
  console.log(
    `Node ${process.version}, ${new Date().toISOString().slice(0, 10)}, ${cpus().length} cores, load average ${loadavg()[0]?.toFixed(1)}`,
  );
  using fleet = await startFleet(script ?? fileURLToPath(import.meta.url), nodeCount);
  console.log("\n| asked for | requests/s | observations/s | p50 ms | p99 ms | p99.9 ms | most ms | server CPU of one core |");
  console.log("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
  const random = (tail: string) => () => `/api/v1/nodes/node-${Math.floor(Math.random() * nodeCount)}/health${tail}`;
  await row(fleet, "yardstick: /healthz, nobody reports", () => "/healthz", 1_000, 0, seconds);
  await row(fleet, "health, nobody reports", random(""), 1_000, 0, seconds);
  for (const perSecond of [observationsPerSecond, 700]) await row(fleet, "health", random(""), 1_000, perSecond, seconds);
  await row(fleet, "health as one line", random("?probe=plain"), 1_000, observationsPerSecond, seconds);
  await row(fleet, "health of the fleet, 100 nodes", () => "/api/v1/health", 20, observationsPerSecond, seconds);
  await row(fleet, "100 disks of the fleet", () => "/api/v1/disks", 20, observationsPerSecond, seconds);
}

async function row(
  fleet: FleetProcess,
  title: string,
  path: () => string,
  requestsPerSecond: number,
  observations: number,
  seconds: number,
): Promise<void> {
  await fleet.setEvents(observations);
  await askSteadily(fleet.url, path, requestsPerSecond, 3); // until everything is compiled
  const before = await fleet.usage();
  const startedAtMs = performance.now();
  const { latenciesMs, failed } = await askSteadily(fleet.url, path, requestsPerSecond, seconds);
  const elapsedMs = performance.now() - startedAtMs;
  const after = await fleet.usage();
  if (failed > 0) throw new Error(`${failed} requests of "${title}" failed`);
  const at = (share: number): string =>
    (latenciesMs[Math.min(latenciesMs.length - 1, Math.floor(latenciesMs.length * share))] ?? Number.NaN).toFixed(2);
  const rate = (1000 * latenciesMs.length) / elapsedMs;
  const observed = (1000 * (after.observations - before.observations)) / elapsedMs;
  const cpu = (100 * (after.cpuMs - before.cpuMs)) / elapsedMs;
  const cells = [title, Math.round(rate), Math.round(observed), at(0.5), at(0.99), at(0.999), at(1), `${cpu.toFixed(0)} %`];
  console.log(`| ${cells.join(" | ")} |`);
}
