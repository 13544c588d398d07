/** What many nodes say: their probes, with facts and numbers of the size and the kind that real ones have. */
import { create } from "@bufbuild/protobuf";
import { type Facts, FactsSchema, ObservationSchema, Outcome, UnchangedSchema } from "@nodekeeper/proto";
import type { StoredObservation } from "../../../collector/src/store/store.ts";

/** A probe of the workload. */
export interface WorkloadProbe {
  readonly name: string;
  readonly intervalMs: number;
  readonly seriesCount: number;
}

/** Intervals are the agent's defaults; a busy node has 144 series. */
export const workloadProbes: readonly WorkloadProbe[] = [
  { name: "load", intervalMs: 15_000, seriesCount: 28 },
  { name: "memory", intervalMs: 15_000, seriesCount: 8 },
  { name: "network", intervalMs: 15_000, seriesCount: 32 },
  { name: "disks", intervalMs: 60_000, seriesCount: 36 },
  { name: "filesystems", intervalMs: 60_000, seriesCount: 20 },
  { name: "sensors", intervalMs: 60_000, seriesCount: 12 },
  { name: "smart", intervalMs: 300_000, seriesCount: 6 },
  { name: "system", intervalMs: 3_600_000, seriesCount: 2 },
];

/** Observations a second that one node makes. */
export const observationsPerSecond: number = workloadProbes.reduce((sum, { intervalMs }) => sum + 1000 / intervalMs, 0);

const names = [
  "read_bytes_total",
  "written_bytes_total",
  "used_bytes",
  "temperature_celsius",
  "some_avg10_percent",
  "io_seconds_total",
];
const factsOfProbe = new Map<string, Facts>(workloadProbes.map((probe) => [probe.name, makeFacts(probe)]));

/** The n-th observation of a probe; the first one brings its facts. */
export function workloadObservation(
  node: string,
  probe: WorkloadProbe,
  index: number,
  sequence: number,
  atMs: number,
): StoredObservation {
  const observation = create(ObservationSchema, {
    ...{ probe: probe.name, sequence, intervalMs: probe.intervalMs, durationMs: 3 + (sequence % 5), outcome: Outcome.OK },
    observedAtUnixMs: BigInt(atMs),
    uptimeMs: BigInt(atMs % 10_000_000_000),
    factsHash: Buffer.from(probe.name.padEnd(16, "-")),
    body: { case: "unchanged", value: create(UnchangedSchema) },
    sampleValues: Array.from({ length: probe.seriesCount }, (_, position) => numberAt(position, index)),
  });
  const facts = factsOfProbe.get(probe.name);
  if (index === 0 && facts !== undefined) observation.body = { case: "full", value: facts };
  return { node, epoch: "epoch", observation, observedAtMs: atMs, receivedAtMs: atMs + 40 };
}

/** Counters that grow unevenly, bytes that wander, temperatures with a decimal, percentages with two. */
function numberAt(position: number, index: number): number {
  const noise = pseudoRandom(position * 7919 + index);
  const slow = Math.sin(index / 40 + position);
  switch (names[position % names.length]) {
    case "read_bytes_total":
    case "written_bytes_total":
      return 1e9 * (position + 1) + index * 400_000 + Math.floor(noise * 100) * 4096;
    case "used_bytes":
      return 4096 * Math.floor(1e6 + 5e4 * slow + 200 * noise);
    case "temperature_celsius":
      return Math.round(10 * (45 + 4 * slow + noise)) / 10;
    case "io_seconds_total":
      return Math.round(1000 * (index * 0.8 + noise)) / 1000;
    default:
      return Math.round(100 * Math.max(0, 3 * slow + 2 * noise)) / 100;
  }
}

function pseudoRandom(seed: number): number {
  const mixed = Math.imul(seed ^ (seed >>> 16), 0x45d9f3b);
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
}

function makeFacts({ name, seriesCount }: WorkloadProbe): Facts {
  const subjectCount = Math.ceil(seriesCount / names.length);
  return create(FactsSchema, {
    lists: [{ kind: "block_device", isComplete: true }],
    subjects: Array.from({ length: subjectCount }, (_, index) => ({
      ...{ kind: "block_device", id: `${name}-S5GXNX0T${index}00123`, outcome: Outcome.OK },
      value: {
        case: "blockDevice" as const,
        value: {
          name: `nvme${index}n1`,
          model: "Samsung SSD 980 PRO 1TB",
          serial: `S5GXNX0T${index}00123`,
          sizeBytes: 1_000_204_886_016n,
        },
      },
    })),
    sampleKeys: Array.from({ length: seriesCount }, (_, position) => ({
      kind: "block_device",
      id: `${name}-S5GXNX0T${Math.floor(position / names.length)}00123`,
      name: names[position % names.length] ?? "",
    })),
  });
}
