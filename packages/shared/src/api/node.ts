/** Nodes: one line of the fleet, everything about one node, and its health. */
import { type Static, Type } from "typebox";
import { Failure, Freshness, NodeStatus, Outcome, Timestamp } from "./common.ts";
import { Finding } from "./finding.ts";

/** By what a list of nodes may be sorted. */
const nodeOrders = [
  "name",
  "-name",
  "status",
  "-status",
  "lastContactAt",
  "-lastContactAt",
  "cpuUsedPercent",
  "-cpuUsedPercent",
  "loadAverage1m",
  "-loadAverage1m",
  "memoryUsedPercent",
  "-memoryUsedPercent",
  "filesystemUsedPercent",
  "-filesystemUsedPercent",
  "temperatureCelsius",
  "-temperatureCelsius",
  "uptimeSeconds",
  "-uptimeSeconds",
] as const;

/** A GPU in one line of the fleet. */
export const GpuSummary = Type.Object({
  id: Type.String(),
  name: Type.String(),
  verdict: Type.Enum(["free", "busy", "taken", "asleep", "unavailable", "unknown"], {
    description:
      "free: nobody works on it, and its memory is Ollama's or free; busy: somebody works on it now; taken: others hold so much of its memory that models lack it; asleep: suspended, it can be woken; unavailable: it cannot be used; unknown: it cannot be told",
  }),
  problem: Type.Optional(
    Type.Enum(["gone", "driver-missing", "driver-mismatch", "permission-denied", "lost"], {
      description: "why it does not answer; left out for one that does",
    }),
  ),
  isIntegrated: Type.Optional(Type.Boolean({ description: "true for one that shares the machine's memory" })),
  memoryTotalBytes: Type.Optional(Type.Number()),
  memoryFreeBytes: Type.Optional(Type.Number({ description: "of one that sleeps: all that programs can have" })),
});
export type GpuSummary = Static<typeof GpuSummary>;

/** One line of the fleet. What is unknown is left out. */
export const NodeSummary = Type.Object({
  name: Type.String(),
  status: NodeStatus,
  reason: Type.String({ description: "why it has this status, in one sentence" }),
  freshness: Freshness,
  isConnected: Type.Boolean(),
  lastContactAt: Timestamp,
  agentVersion: Type.String(),
  proof: Type.Optional(
    Type.Enum(["unproven", "unreviewed", "proven"], {
      description:
        "proven: its agent proved that it is this node; unreviewed: its token is good, and the cluster did not confirm yet that it still holds; " +
        "unproven: it came by loopback, where nobody is asked",
    }),
  ),
  operatingSystem: Type.Optional(Type.String()),
  architecture: Type.Optional(Type.String()),
  board: Type.Optional(Type.String()),
  cpuModel: Type.Optional(Type.String()),
  logicalCpuCount: Type.Optional(Type.Number()),
  loadAverage1m: Type.Optional(Type.Number()),
  cpuUsedPercent: Type.Optional(Type.Number({ description: "0-100 over all CPUs, between the last two readings" })),
  memoryTotalBytes: Type.Optional(Type.Number()),
  memoryAvailableBytes: Type.Optional(Type.Number()),
  uptimeSeconds: Type.Optional(Type.Number()),
  diskCount: Type.Optional(Type.Number({ description: "physical and virtual disks, without partitions, loops and arrays" })),
  fullestFilesystem: Type.Optional(Type.Object({ mountPoint: Type.String(), usedPercent: Type.Number() })),
  hottestSensor: Type.Optional(Type.Object({ label: Type.String(), temperatureCelsius: Type.Number() })),
  gpus: Type.Optional(Type.Array(GpuSummary, { description: "by their address; left out on a machine without" })),
  findingCounts: Type.Object(
    { high: Type.Number(), medium: Type.Number(), low: Type.Number() },
    { description: "firing, not suppressed, not set aside" },
  ),
});
export type NodeSummary = Static<typeof NodeSummary>;

/** What GET /api/v1/nodes may be asked. */
export const NodeListQuery = Type.Object({
  status: Type.Optional(Type.Array(NodeStatus, { description: "only nodes in one of these states, separated by commas" })),
  q: Type.Optional(
    Type.String({
      maxLength: 256,
      description:
        "only nodes in whose name, operating system, architecture, board, CPU model, GPUs or reason each of these words occurs, whatever the case",
    }),
  ),
  sort: Type.Optional(
    Type.Enum(nodeOrders, {
      default: "name",
      description:
        "by this field, `-` before it for the reverse; status: the worst first; what is unknown comes last; ties by name",
    }),
  ),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000, description: "at most so many nodes; without it, all" })),
  cursor: Type.Optional(
    Type.String({
      maxLength: 1024,
      description: "`nextCursor` of the page before, with the same `sort`; goes on after its last node",
    }),
  ),
});
export type NodeListQuery = Static<typeof NodeListQuery>;

/** GET /api/v1/nodes */
export const NodeList = Type.Object({
  nodes: Type.Array(NodeSummary),
  total: Type.Number({ description: "how many nodes match, on this page or not" }),
  stream: Type.String({ description: "as in the stream's messages" }),
  version: Type.Number({
    description: "as in the stream's messages: the nodes are as a client of the stream knows them at this version",
  }),
  nextCursor: Type.Optional(Type.String({ description: "left out on the last page" })),
});
export type NodeList = Static<typeof NodeList>;

/** How the last run of a probe ended. */
export const ProbeRun = Type.Object({
  name: Type.String(),
  outcome: Outcome,
  failure: Type.Optional(Failure),
  freshness: Freshness,
  observedAt: Timestamp,
  receivedAt: Timestamp,
  intervalMs: Type.Number(),
  durationMs: Type.Number(),
});
export type ProbeRun = Static<typeof ProbeRun>;

/** One thing on a node. `value` are its facts under the names of the wire in camelCase; numbers beyond 2^53 are strings. */
export const SubjectBody = Type.Object({
  kind: Type.String({ description: "e.g. block_device" }),
  id: Type.String({ description: "stable within node and kind; empty for a kind of which a machine has one" }),
  probe: Type.String(),
  outcome: Outcome,
  failure: Type.Optional(Failure),
  freshness: Freshness,
  observedAt: Type.Optional(Timestamp),
  readAt: Type.Optional(
    Type.String({
      format: "date-time",
      description: "when `value` was read; older than observedAt when it could not be read since",
    }),
  ),
  value: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  samples: Type.Record(Type.String(), Type.Number(), { description: "latest numbers by name, e.g. used_bytes" }),
});
export type SubjectBody = Static<typeof SubjectBody>;

/** Whether a list is whole. */
export const SubjectListBody = Type.Object({
  kind: Type.String(),
  probe: Type.String(),
  isComplete: Type.Boolean(),
  failure: Type.Optional(Failure),
});
export type SubjectListBody = Static<typeof SubjectListBody>;

/** GET /api/v1/nodes/{name} */
export const NodeDetail = Type.Object({
  summary: NodeSummary,
  identity: Type.Object({ machineId: Type.String(), bootId: Type.String(), epoch: Type.String() }),
  firstSeenAt: Timestamp,
  clockSkewMs: Type.Optional(Type.Number({ description: "the node's wall clock minus the collector's" })),
  probes: Type.Array(ProbeRun),
  lists: Type.Array(SubjectListBody),
  subjects: Type.Array(SubjectBody),
  findings: Type.Array(Finding),
  losses: Type.Array(
    Type.Object({
      from: Timestamp,
      until: Timestamp,
      observationCount: Type.Number({ description: "at least so many; 0: not known" }),
      reason: Type.String(),
      text: Type.String({ description: "e.g. 12 min of data lost 2026-11-22 03:10-03:22 UTC: spool full" }),
    }),
    { description: "observations that the agent had to drop, newest first, at most 32; those that follow each other are one" },
  ),
});
export type NodeDetail = Static<typeof NodeDetail>;
