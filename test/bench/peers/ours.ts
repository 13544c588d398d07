/**
 * Our store, in a process of its own: commits the readings of a fleet, tick by tick, maintained by the minute of simulated time as the
 * collector does. Arguments: number of nodes, start and end in ms, directory; without a directory the readings are only made, which is what
 * has to be taken off. Says what it cost on standard output.
 */
import { createHash } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import { FactsSchema, ObservationSchema, Outcome, UnchangedSchema } from "@nodekeeper/proto";
import { createLogger, systemClock } from "@nodekeeper/shared";
import type { StoredObservation } from "../../../collector/src/store/store.ts";
import { openStore } from "../../../collector/src/store/worker-store.ts";
import { type FleetReading, fleetProbes, fleetReadings } from "./fleet.ts";

const [nodes = 0, startMs = 0, endMs = 0] = process.argv.slice(2).map(Number);
const directory = process.argv[5];
const minuteMs = 60_000;
/** Until all is in chunks and the day is rolled up, and nothing of the history is dropped yet. */
const settleMs = 2.5 * 3_600_000;
const facts = fleetProbes.map(({ series }) => create(FactsSchema, { sampleKeys: [...series] }));
const hashes = fleetProbes.map(({ name }) => createHash("sha256").update(name).digest().subarray(0, 16));
const sequences = new Float64Array(nodes);

let samples = 0;
let observations = 0;
const store =
  directory === undefined ? undefined : await openStore({ directory, clock: systemClock, logger: createLogger("bench", "warn") });
let atMs = startMs;
for (const readings of fleetReadings(nodes, startMs, endMs)) {
  const batch = readings.map(toObservation);
  observations += batch.length;
  for (const { values } of readings) samples += values.length;
  await store?.commit(batch);
  atMs += 15_000;
  if (atMs % minuteMs === 0) await store?.maintain(atMs);
}
for (const until = atMs + settleMs; atMs < until; atMs += minuteMs) await store?.maintain(atMs);
await store?.[Symbol.asyncDispose]();
const { user, system } = process.cpuUsage();
console.log(JSON.stringify({ samples, observations, cpuSeconds: (user + system) / 1e6 }));

function toObservation({ node, probe, index, atMs: observedAtMs, values }: FleetReading): StoredObservation {
  sequences[node] = (sequences[node] ?? 0) + 1;
  const observation = create(ObservationSchema, {
    ...{ probe: fleetProbes[probe]?.name ?? "", sequence: sequences[node] ?? 0, intervalMs: fleetProbes[probe]?.intervalMs ?? 0 },
    ...{ durationMs: 3, outcome: Outcome.OK, observedAtUnixMs: BigInt(observedAtMs), uptimeMs: BigInt(observedAtMs - startMs) },
    factsHash: hashes[probe] ?? new Uint8Array(),
    body: { case: "unchanged", value: create(UnchangedSchema) },
    sampleValues: [...values],
  });
  const whole = facts[probe];
  if (index === 0 && whole !== undefined) observation.body = { case: "full", value: whole };
  return { node: `node-${node}`, epoch: "epoch", observation, observedAtMs, receivedAtMs: observedAtMs + 40 };
}
