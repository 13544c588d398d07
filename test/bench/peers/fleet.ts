/**
 * The readings of made-up nodes, the same for everybody who is measured: counters that grow unevenly or not at all, gauges that wander or
 * are noise, and numbers that hardly ever change, in the shares and at the intervals at which the agent reads them.
 */

/** A probe of every node. */
export interface FleetProbe {
  readonly name: string;
  readonly intervalMs: number;
  readonly series: readonly FleetSeries[];
}

/** A series of a probe. */
export interface FleetSeries {
  readonly kind: string;
  /** Of the subject, the same on each node. */
  readonly id: string;
  readonly name: string;
}

/** All numbers of one probe of one node, read at one time. */
export interface FleetReading {
  readonly node: number;
  /** Index into fleetProbes. */
  readonly probe: number;
  /** How many readings of it came before. */
  readonly index: number;
  readonly atMs: number;
  readonly values: Float64Array;
}

/** How a series moves from one reading to the next. */
type Movement = "busy-counter" | "slow-counter" | "seconds-counter" | "still" | "bytes" | "celsius" | "percent" | "noise";

interface Group {
  readonly kind: string;
  readonly ids: readonly string[];
  readonly names: Readonly<Record<string, Movement>>;
}

interface ProbeSpec {
  readonly name: string;
  readonly intervalMs: number;
  readonly groups: readonly Group[];
}

const specs: readonly ProbeSpec[] = [
  {
    name: "system",
    intervalMs: 15_000,
    groups: [
      {
        kind: "cpu",
        ids: ["0", "1", "2", "3", "4", "5", "6", "7"],
        names: {
          user_seconds_total: "seconds-counter",
          system_seconds_total: "seconds-counter",
          idle_seconds_total: "seconds-counter",
        },
      },
      {
        kind: "memory",
        ids: [""],
        names: {
          ...{ available_bytes: "bytes", cached_bytes: "bytes", free_bytes: "bytes", dirty_bytes: "noise" },
          ...{ swap_used_bytes: "still", total_bytes: "still" },
        },
      },
      {
        kind: "pressure",
        ids: ["cpu", "memory", "io"],
        names: { some_avg10_percent: "percent", some_avg60_percent: "percent", some_seconds_total: "seconds-counter" },
      },
      {
        kind: "load",
        ids: [""],
        names: {
          ...{ load1: "noise", load5: "noise", load15: "noise" },
          ...{ processes: "noise", context_switches_total: "busy-counter" },
        },
      },
    ],
  },
  {
    name: "network",
    intervalMs: 30_000,
    groups: [
      {
        kind: "interface",
        ids: ["enp1s0", "tailscale0", "cni0", "flannel.1", "veth1a2b3c", "veth4d5e6f"],
        names: {
          ...{ received_bytes_total: "busy-counter", sent_bytes_total: "busy-counter" },
          ...{ received_packets_total: "busy-counter", sent_packets_total: "busy-counter" },
          ...{ receive_errors_total: "still", send_errors_total: "still", receive_dropped_total: "slow-counter" },
          ...{ send_dropped_total: "still", carrier_changes_total: "still", speed_bits: "still" },
        },
      },
    ],
  },
  {
    name: "disks",
    intervalMs: 60_000,
    groups: [
      {
        kind: "block_device",
        ids: ["nvme-S5GXNX0T000123", "nvme-S5GXNX0T000123-part1", "nvme-S5GXNX0T000123-part2"],
        names: {
          ...{ reads_total: "busy-counter", writes_total: "busy-counter", read_bytes_total: "busy-counter" },
          ...{ written_bytes_total: "busy-counter", io_seconds_total: "seconds-counter", discards_total: "slow-counter" },
        },
      },
      {
        kind: "filesystem",
        ids: ["/", "/boot", "/var/lib/longhorn", "/home"],
        names: {
          ...{ used_bytes: "bytes", available_bytes: "bytes", size_bytes: "still", inodes_used: "slow-counter" },
          ...{ inodes: "still", is_read_only: "still" },
        },
      },
    ],
  },
  {
    name: "sensors",
    intervalMs: 60_000,
    groups: [
      {
        kind: "sensor",
        ids: ["cpu", "nvme", "board", "core0", "core1", "core2", "core3", "core4", "core5"],
        names: { temperature_celsius: "celsius", maximum_celsius: "still", critical_celsius: "still" },
      },
      { kind: "fan", ids: ["fan1", "fan2"], names: { speed_rpm: "noise" } },
    ],
  },
  {
    name: "tailscale",
    intervalMs: 15_000,
    groups: [
      {
        kind: "tailnet_peer",
        ids: ["neko", "neko2", "panther", "bobcat", "siberian"],
        names: { latency_seconds: "noise", received_bytes_total: "busy-counter", sent_bytes_total: "busy-counter" },
      },
    ],
  },
];

/** The probes with their series. */
export const fleetProbes: readonly FleetProbe[] = specs.map(({ name, intervalMs, groups }) => ({
  ...{ name, intervalMs },
  series: seriesOf(groups).map(({ kind, id, name: seriesName }) => ({ kind, id, name: seriesName })),
}));

/** Series of one node. */
export const seriesPerNode: number = fleetProbes.reduce((sum, { series }) => sum + series.length, 0);

/** The smallest interval: readings come in ticks of it. */
export const tickMs = 15_000;
/** Readings of real agents do not fall on whole seconds. */
const jitterMs = 10;

/** All readings from a time on, tick by tick, in order of time within a node. Equal arguments give equal readings. */
export function* fleetReadings(nodes: number, startMs: number, endMs: number): Generator<readonly FleetReading[], void> {
  const movements = specs.map(({ groups }) => seriesOf(groups).map(({ movement }) => movement));
  const random = createNoise(0x5eed);
  const values = Array.from({ length: nodes }, (_, node) =>
    movements.map((all) => Float64Array.from(all, (movement, position) => startOf(movement, node * 131 + position, random))),
  );
  for (let atMs = startMs, tick = 0; atMs < endMs; atMs += tickMs, tick += 1) {
    const readings: FleetReading[] = [];
    for (const [node, ofNode] of values.entries()) {
      for (const [probe, current] of ofNode.entries()) {
        const every = (fleetProbes[probe]?.intervalMs ?? tickMs) / tickMs;
        if (tick % every !== 0) continue;
        for (const [position, movement] of (movements[probe] ?? []).entries()) {
          current[position] = next(movement, current[position] ?? 0, every, random);
        }
        readings.push({
          node,
          probe,
          index: tick / every,
          atMs: atMs + Math.floor(random() * jitterMs),
          values: current.slice(),
        });
      }
    }
    yield readings;
  }
}

function seriesOf(groups: readonly Group[]): readonly (FleetSeries & { readonly movement: Movement })[] {
  return groups.flatMap(({ kind, ids, names }) =>
    ids.flatMap((id) => Object.entries(names).map(([name, movement]) => ({ kind, id, name, movement }))),
  );
}

function startOf(movement: Movement, seed: number, random: () => number): number {
  if (movement === "bytes") return 4096 * Math.floor(random() * 4e6);
  if (movement === "celsius") return 35 + Math.floor(random() * 20);
  if (movement === "noise") return Math.round(random() * 100) / 100;
  if (movement === "percent") return 0;
  return movement === "still" ? (seed % 3) * 1_000_000_000 : Math.floor(random() * 1e9);
}

function next(movement: Movement, value: number, ticks: number, random: () => number): number {
  switch (movement) {
    case "busy-counter":
      return value + Math.floor(random() ** 3 * 200_000 * ticks);
    case "slow-counter":
      return random() < 0.02 ? value + 1 : value;
    case "seconds-counter": // In hundredths, as the kernel counts them.
      return Math.round(value * 100 + random() * 1500 * ticks) / 100;
    case "bytes":
      return Math.max(0, value + 4096 * Math.floor((random() - 0.5) * 800));
    case "celsius":
      return random() < 0.3 ? Math.min(90, Math.max(25, value + (random() < 0.5 ? -1 : 1))) : value;
    case "percent":
      return random() < 0.7 ? 0 : Math.round(random() ** 4 * 10_000) / 100;
    case "noise":
      return Math.round(random() * 10_000) / 1000;
    case "still":
      return value;
  }
}

/** The same numbers in every run (xorshift). */
function createNoise(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 4_294_967_296;
  };
}
