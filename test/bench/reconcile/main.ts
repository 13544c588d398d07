/**
 * What an observation costs the reconcile controller: `node test/bench/reconcile/main.ts`. Nodes with eight probes in a real state; cluster and
 * reconciler are those of the tests, in memory. Prints what RESULTS.md keeps: the CPU time that the controller takes of the turn in which observations are
 * told, and of a look by the clock at everything.
 */
import { cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { create } from "@bufbuild/protobuf";
import { type Facts, type Observation, ObservationSchema, Outcome } from "@nodekeeper/proto";
import { aPolicy, ReconcileScene } from "../../../collector/src/reconcile/test-support/reconcile-scene.ts";
import { type BenchProbe, benchProbes } from "../ingest/facts.ts";
import { richProbes } from "../ingest/rich-facts.ts";

const probes = [...benchProbes, ...richProbes];
/** As ingest hands them on: the state is told once a turn. */
const batch = 50;
/** Of the rounds that were measured the quickest counts: the others were disturbed. */
const rounds = 5;

const { values } = parseArgs({ options: { observations: { type: "string", default: "20000" } } });
const count = Number(values.observations);
console.log(`${cpus()[0]?.model}, Node ${process.version}, load ${loadavg()[0]?.toFixed(1)}`);
console.log(`${count} observations a round, ${probes.length} probes a node, the quickest of ${rounds} rounds`);
console.log(
  "| nodes | an observation that brings numbers only | one that brings other facts | all that passes by time, once a second |",
);
console.log("| ---: | ---: | ---: | ---: |");
await measure(100); // what is compiled is compiled
for (const nodes of [100, 1_000, 5_000]) console.log(await measure(nodes));

async function measure(nodes: number): Promise<string> {
  const names = Array.from({ length: nodes }, (_, index) => `n${index}`);
  const scene = new ReconcileScene();
  let toldMs = 0;
  const subscribe = scene.state.subscribe.bind(scene.state);
  Object.assign(scene.state, {
    subscribe: (listener: (changed: readonly string[]) => void) =>
      subscribe((changed) => {
        const startedAtMs = cpuMs();
        listener(changed);
        toldMs += cpuMs() - startedAtMs;
      }),
  });
  scene.setPolicy(aPolicy(["a"]));
  for (const name of names) {
    scene.nodes.add(name);
    scene.connect(name);
  }
  await scene.start();
  const told = new Map(names.map((name, index) => [name, probes.map((probe) => ({ probe, facts: probe.facts(index) }))]));
  let sequence = 0;

  function say(name: string, probe: BenchProbe, facts: Facts, revision: number): void {
    sequence += 1;
    const atMs = scene.clock.wallMs();
    const observation: Observation = create(ObservationSchema, {
      ...{ probe: probe.name, sequence, observedAtUnixMs: BigInt(atMs), uptimeMs: 1n, intervalMs: probe.intervalMs },
      ...{ durationMs: 12, outcome: Outcome.OK, factsHash: Uint8Array.of(revision & 255, (revision >> 8) & 255) },
      sampleValues: facts.sampleKeys.map(() => sequence),
    });
    // The same object where they are the same, as ingest resolves them by their hash.
    const body = { case: "full" as const, value: revision === 0 ? facts : { ...facts } };
    const event = { node: name, epoch: "epoch-1", observation: { ...observation, body }, observedAtMs: atMs, receivedAtMs: atMs };
    scene.state.apply({ kind: "observed", ...event });
  }

  /** Microseconds of the controller for each observation. */
  async function sayMany(many: number, revision: (index: number) => number): Promise<number> {
    toldMs = 0;
    for (let index = 0; index < many; index++) {
      const name = names[index % nodes] ?? "";
      const each = told.get(name)?.[Math.floor(index / nodes) % probes.length];
      if (each !== undefined) say(name, each.probe, each.facts, revision(index));
      if (index % batch === batch - 1) await scene.settle();
    }
    await scene.settle();
    return (toldMs / many) * 1_000;
  }

  async function quickest(measureOnce: () => Promise<number>): Promise<number> {
    const times: number[] = [];
    for (let round = 0; round < rounds; round++) times.push(await measureOnce());
    return Math.min(...times);
  }

  await sayMany(nodes * probes.length, () => 0);
  await scene.advance(1_000);
  const { decisions } = scene.reconciler;
  const numbersUs = await quickest(() => sayMany(count, () => 0));
  if (scene.reconciler.decisions !== decisions) throw new Error("numbers alone were decided upon");
  let revision = 0;
  const factsUs = await quickest(() => sayMany(count, () => ++revision));
  const tickMs = await quickest(async () => {
    const startedAtMs = performance.now(); // shorter than what CPU time is counted in
    await scene.advance(1_000);
    return performance.now() - startedAtMs;
  });
  await scene.stop();
  return `| ${nodes} | ${numbersUs.toFixed(2)} µs | ${factsUs.toFixed(2)} µs | ${tickMs.toFixed(2)} ms |`;
}

/** CPU time of this thread: others on the machine do not count. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}
