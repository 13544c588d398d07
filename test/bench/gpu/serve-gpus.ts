/** The API in a process of its own, over machines with GPUs that report; with the real routing, whose servers all answer. Commands come over IPC. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { createLogger, systemClock } from "@nodekeeper/shared";
import { startApi } from "../../../collector/src/api/test-support/api-harness.ts";
import { noReservations } from "../../../collector/src/api/test-support/no-routing.ts";
import { builtInPolicy } from "../../../collector/src/policy/built-in.ts";
import { readPolicy } from "../../../collector/src/policy/read-policy.ts";
import { createRouting } from "../../../collector/src/routing/create-routing.ts";
import type { Routing } from "../../../collector/src/routing/routing.ts";
import type { Answer, Command } from "../api/fleet-server.ts";
import { GpuReporter } from "./gpu-machines.ts";

const everywhere = "version: 1\nrouting: { generation: ollama.is_installed, embeddings: ollama.is_installed }";

/** Serves until the other side is gone. */
export async function serveGpus(machineCount: number): Promise<void> {
  const send = (answer: Answer): void => void process.send?.(answer);
  let routing: Routing | undefined;
  const routed = (): Routing => {
    if (routing === undefined) throw new Error("routing begins after the API");
    return routing;
  };
  const api = await startApi({
    rates: { read: 1_000_000_000 },
    routing: {
      backends: () => routed().backends(),
      get table() {
        return routed().table;
      },
      standings: () => routed().standings(),
      explain: (request) => routed().explain(request),
    },
  });
  const reporters = Array.from({ length: machineCount }, (_, index) => new GpuReporter(index));
  for (const reporter of reporters) for (const event of reporter.first(Date.now())) api.state.apply(event);
  const policy = readPolicy(everywhere, { source: "policy.yaml", builtIn: builtInPolicy });
  if (policy.kind === "bad") throw new Error(policy.problems.join());
  const upSince = { kind: "up", sinceMs: Date.now() } as const;
  routing = createRouting({
    ...{ state: api.state, cluster: undefined, findings: api.findings, reservations: noReservations },
    policy: { current: policy.policy, problems: () => [], onChanged: () => ({ [Symbol.dispose]: () => undefined }) },
    openChecks: () => ({
      watch: () => undefined,
      reachOf: () => upSince,
      wordOf: () => undefined,
      [Symbol.asyncDispose]: async () => undefined,
    }),
    ...{ clock: systemClock, random: Math.random, logger: createLogger("bench", "silent") },
  });

  const { text: token } = await api.registry.createApiToken({
    name: "webui",
    scopes: ["gpu:read"],
    ttlMs: undefined,
    by: "bench",
  });
  const loop = monitorEventLoopDelay({ resolution: 1 });
  loop.enable();
  let perSecond = 0;
  let observations = 0;
  process.on("message", (command: Command) => {
    if (command.kind === "events") ({ perSecond } = command);
    const { user, system } = process.cpuUsage();
    const usage = { cpuMs: (user + system) / 1000, residentBytes: process.memoryUsage.rss(), observations };
    send(command.kind === "cpu" ? { kind: "cpu", ...usage, longestBlockMs: loop.max / 1e6 } : { kind: "events" });
    loop.reset();
  });
  process.on("disconnect", () => process.exit());
  await delay(1_000); // the first table of routes
  send({ kind: "listening", url: api.server.url, residentBytes: process.memoryUsage.rss(), token });

  let owed = 0;
  let lastAtMs = performance.now();
  for (;;) {
    await delay(10);
    const elapsedMs = performance.now() - lastAtMs;
    lastAtMs += elapsedMs;
    owed += (perSecond * elapsedMs) / 1000;
    for (; owed >= 1; owed -= 1) {
      const reporter = reporters[Math.floor(Math.random() * machineCount)];
      if (reporter === undefined) continue;
      observations += 1;
      const what = observations % 3;
      if (what === 0) api.state.apply(reporter.gpu(Date.now(), Math.round(Math.random() * 100)));
      else api.state.apply(what === 1 ? reporter.ollama(Date.now()) : reporter.system(Date.now()));
    }
  }
}
