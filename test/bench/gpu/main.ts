/**
 * What answers about GPUs cost under load. `node test/bench/gpu/main.ts [--seconds 30] [--machines 5,200,1000]` prints the tables of RESULTS.md: machines
 * with GPUs report, and somebody with a token asks which GPU is free for a mix of models and programs, each request at its time whether those before it were
 * answered or not. The server is a process of its own; the asking one shares the other core with whatever else the machine does.
 */
import { cpus, loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type FleetProcess, startFleet } from "../api/fleet-process.ts";
import { askSteadily } from "../health/ask-steadily.ts";
import { wishes } from "./gpu-machines.ts";
import { serveGpus } from "./serve-gpus.ts";

/** Each machine speaks of its GPU, its Ollama and itself every 15 s, and nothing at the same time as another. */
const wordsPerMachineSecond = 0.2;

const { values } = parseArgs({
  options: {
    serve: { type: "string" },
    seconds: { type: "string", default: "30" },
    machines: { type: "string", default: "5,200,1000" },
  },
});
if (values.serve !== undefined) await serveGpus(Number(values.serve));
else await run(Number(values.seconds), values.machines.split(",").map(Number));

async function run(seconds: number, counts: readonly number[]): Promise<void> {
  const load = (): string => (loadavg()[0] ?? Number.NaN).toFixed(1);
  console.log(
    `Node ${process.version}, ${new Date().toISOString().slice(0, 10)}, ${cpus().length} cores, load average ${load()}`,
  );
  for (const count of counts) {
    using fleet = await startFleet(fileURLToPath(import.meta.url), count);
    await fleet.setEvents(Math.max(3, count * wordsPerMachineSecond));
    console.log(`\n### ${count} machines with a GPU and 20 models each (load average ${load()})\n`);
    console.log(
      "| asked for | asked/s | words/s | p50 ms | p99 ms | p99.9 ms | most ms | longest block ms | server CPU of one core |",
    );
    console.log("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
    const availability = "/api/v1/gpus/availability";
    await row(fleet, "yardstick: /healthz", () => "/healthz", 1_000, seconds);
    await row(
      fleet,
      `${wishes.length} questions of /gpus/availability`,
      () => `${availability}?${oneOf(wishes)}`,
      1_000,
      seconds,
    );
    const tool = (name: string, parameters = ""): string => `/tools/${name}?${parameters}`;
    await row(fleet, "tool find_free_gpu", () => tool("find_free_gpu", oneOf(wishes)), 1_000, seconds);
    for (const name of ["can_run_model", "explain_route"])
      await row(
        fleet,
        `tool ${name}`,
        () => tool(name, oneOf(wishes.filter((wish) => /^model=[^&]+$/.test(wish)))),
        100,
        seconds,
      );
    for (const name of ["list_gpus", "list_loaded_models"]) await row(fleet, `tool ${name}`, () => tool(name), 100, seconds);
    await row(fleet, "/gpus", () => "/api/v1/gpus", 20, seconds);
  }
}

async function row(fleet: FleetProcess, title: string, path: () => string, perSecond: number, seconds: number): Promise<void> {
  const headers = { authorization: `Bearer ${fleet.token}` };
  await askSteadily(fleet.url, path, perSecond, 3, headers); // until everything is compiled
  const before = await fleet.usage();
  const startedAtMs = performance.now();
  const { latenciesMs, failed } = await askSteadily(fleet.url, path, perSecond, seconds, headers);
  const elapsedMs = performance.now() - startedAtMs;
  const after = await fleet.usage();
  if (failed > 0) throw new Error(`${failed} requests of "${title}" failed`);
  const at = (share: number): string =>
    (latenciesMs[Math.min(latenciesMs.length - 1, Math.floor(latenciesMs.length * share))] ?? Number.NaN).toFixed(2);
  const each = (of: number): number => Math.round((1000 * of) / elapsedMs);
  const cpu = (100 * (after.cpuMs - before.cpuMs)) / elapsedMs;
  const rates = [each(latenciesMs.length), each(after.observations - before.observations)];
  const block = (after.longestBlockMs ?? Number.NaN).toFixed(1);
  const cells = [title, ...rates, at(0.5), at(0.99), at(0.999), at(1), block, `${cpu.toFixed(0)} %`];
  console.log(`| ${cells.join(" | ")} |`);
}

function oneOf(texts: readonly string[]): string {
  return texts[Math.floor(Math.random() * texts.length)] ?? "";
}
