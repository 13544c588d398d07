/** Many agents in one process: each has its own connection and reports its probes at their intervals. Told what to do, and asked, by IPC. */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { Client, type ClientDuplexStream, credentials } from "@grpc/grpc-js";
import {
  ConnectRequestSchema,
  type ConnectResponse,
  ConnectResponseSchema,
  type Facts,
  type Observation,
  ObservationSchema,
  Outcome,
} from "@nodekeeper/proto";
import { type BenchProbe, benchProbes, machineId } from "./facts.ts";
import { richProbes } from "./rich-facts.ts";

/** What the agents have seen since they were last asked. */
export interface AgentsReport {
  readonly connected: number;
  readonly failures: number;
  readonly sent: number;
  readonly acknowledged: number;
  readonly needFull: number;
  /** Time from sending an observation to its acknowledgement, in ms, in rising order, at most 200 000. */
  readonly latenciesMs: readonly number[];
}

let connected = 0;
let failures = 0;
let sent = 0;
let acknowledged = 0;
let needFull = 0;
let latenciesMs: number[] = [];

/** The probes of a node: those of a mini PC, and of a GPU workstation where it is rich. */
export function probesOf(isRich: boolean): readonly BenchProbe[] {
  return isRich ? [...benchProbes, ...richProbes] : benchProbes;
}

/** Starts the agents, and answers each message of the parent with a report. Agents connect at this rate; 0 means all at once. */
export function runAgents(address: string, count: number, connectPerSecond: number, isRich: boolean): void {
  const probes = probesOf(isRich);
  process.on("message", () => {
    const report: AgentsReport = {
      ...{ connected, failures, sent, acknowledged, needFull },
      latenciesMs: latenciesMs.toSorted((a, b) => a - b),
    };
    process.send?.(report);
    latenciesMs = [];
  });
  for (let node = 0; node < count; node += 1) {
    setTimeout(() => startAgent(address, node, probes), connectPerSecond > 0 ? (node / connectPerSecond) * 1_000 : 0);
  }
}

function startAgent(address: string, node: number, probes: readonly BenchProbe[]): void {
  const client = new Client(address, credentials.createInsecure(), { "grpc.use_local_subchannel_pool": 1 });
  const stream: ClientDuplexStream<Uint8Array, ConnectResponse> = client.makeBidiStreamRequest(
    "/nodekeeper.v1.CollectorService/Connect",
    (bytes: Uint8Array) => Buffer.from(bytes),
    (bytes: Buffer) => fromBinary(ConnectResponseSchema, bytes),
  );
  const sentAtMs = new Map<number, number>();
  let sequence = 0;

  function write(message: Parameters<typeof create<typeof ConnectRequestSchema>>[1]): void {
    stream.write(toBinary(ConnectRequestSchema, create(ConnectRequestSchema, message)));
  }

  function report(observations: readonly Observation[]): void {
    const message = { observations: [...observations], sentAtUnixMs: BigInt(Date.now()), sentUptimeMs: uptimeMs() };
    write({ message: { case: "report", value: message } });
    for (const each of observations) sentAtMs.set(each.sequence, performance.now());
    sent += observations.length;
  }

  function observe(probe: BenchProbe, facts: Facts, isFull: boolean): Observation {
    sequence += 1;
    const hash = Buffer.from(`${probe.name}-${node}`.padEnd(16, ".").slice(-16));
    return create(ObservationSchema, {
      ...{ probe: probe.name, sequence, observedAtUnixMs: BigInt(Date.now()), uptimeMs: uptimeMs() },
      ...{ intervalMs: probe.intervalMs, durationMs: 12, outcome: Outcome.OK, factsHash: hash },
      body: isFull ? { case: "full", value: facts } : { case: "unchanged", value: {} },
      sampleValues: facts.sampleKeys.map(({ name }) => sampleOf(name)),
    });
  }

  stream.on("data", ({ message }: ConnectResponse) => {
    switch (message.case) {
      case "helloAck": {
        connected += 1;
        const facts = probes.map((probe) => probe.facts(node));
        report(probes.map((probe, index) => observe(probe, facts[index] as Facts, true)));
        probes.forEach((probe, index) => {
          const repeat = (): void => {
            report([observe(probe, facts[index] as Facts, false)]);
            setTimeout(repeat, probe.intervalMs * (0.8 + 0.4 * Math.random()));
          };
          setTimeout(repeat, probe.intervalMs * Math.random());
        });
        break;
      }
      case "ack":
        for (const { first, last } of message.value.ranges) {
          for (let each = first; each <= last; each += 1) {
            const atMs = sentAtMs.get(each);
            if (atMs === undefined) continue;
            sentAtMs.delete(each);
            acknowledged += 1;
            if (latenciesMs.length < 200_000) latenciesMs.push(performance.now() - atMs);
          }
        }
        break;
      case "needFull":
        needFull += 1;
        break;
      default:
    }
  });
  stream.on("error", () => {
    failures += 1;
  });
  write({
    message: {
      case: "hello",
      value: {
        ...{
          wireVersion: 1,
          agentVersion: "0.1.0",
          nodeName: `node-${node}`,
          machineId: machineId(node),
          epoch: `epoch-${node}`,
        },
        probes: probes.map(({ name, intervalMs }) => ({ name, intervalMs })),
      },
    },
  });
}

function uptimeMs(): bigint {
  return BigInt(Math.round(performance.now()) + 1_000_000);
}

const fixedSamples: Readonly<Record<string, number>> = {
  power_on_hours: 12_345,
  is_active: 1,
  performance_state_number: 0,
  power_watts: 41.5,
  graphics_clock_hertz: 2.4e9,
  memory_clock_hertz: 14e9,
  handshake_age_seconds: 61,
};

/** Values that pass the collector's checks and move as real ones do. */
function sampleOf(name: string): number {
  if (name.endsWith("_total")) return Math.floor(performance.now() * 1_000 * (0.9 + 0.2 * Math.random()));
  const fixed = fixedSamples[name];
  if (fixed !== undefined) return fixed;
  if (name.endsWith("_percent") || name === "percentage_used") return Math.round(Math.random() * 1_000) / 100;
  if (name.endsWith("_celsius")) return 40 + Math.round(Math.random() * 80) / 8;
  if (name === "available_bytes" || name === "inodes_free") return 200e9; // plenty: healthy nodes have no findings
  return Math.floor(1e9 * Math.random());
}
