/** Answers as they may be, small and true, for the document; a test holds each against its schema. */
import type {
  ChangeList,
  Decision,
  Disk,
  DiskBaseline,
  Finding,
  FindingLife,
  FindingList,
  FleetHealth,
  ForecastList,
  HealthLine,
  Mesh,
  NodeDetail,
  NodeHealth,
  NodeList,
  NotificationOverview,
  StreamMessage,
} from "@nodekeeper/shared/api";
import { accessExamples } from "./examples-of/access.ts";
import { clusterExamples } from "./examples-of/cluster.ts";
import { gpuExamples } from "./examples-of/gpus.ts";

const seenAt = "2026-11-22T18:04:10.000Z";
const sinceAt = "2026-11-22T17:40:00.000Z";

const finding: Finding = {
  id: "disk-nearly-full:neko:filesystem//:mi1f2s00",
  rule: "disk-nearly-full",
  title: "A filesystem is nearly full",
  severity: "medium",
  state: "firing",
  node: "neko",
  subject: { kind: "filesystem", id: "/" },
  text: "/ is 91 % full",
  action: "Remove what is not needed, or enlarge the filesystem.",
  evidence: [{ name: "used_percent", value: 91, observedAt: seenAt }],
  pendingSince: "2026-11-22T17:35:00.000Z",
  firingSince: sinceAt,
  isHeld: false,
};

const line: HealthLine = {
  node: "neko",
  status: "degraded",
  reason: "/ is 91 % full",
  since: sinceAt,
  freshness: "fresh",
  lastContactAt: seenAt,
  findingCounts: { high: 0, medium: 1, low: 0 },
};

const asleep: HealthLine = {
  node: "siberian",
  status: "asleep",
  reason: "switched off since 2026-11-22 00:12 UTC",
  since: "2026-11-22T00:12:31.000Z",
  freshness: "stale",
  lastContactAt: "2026-11-22T00:12:31.000Z",
  findingCounts: { high: 0, medium: 0, low: 0 },
};

const { findingCounts: _, ...verdict } = line;

const nodeHealth: NodeHealth = {
  ...verdict,
  findings: [finding],
  probes: [
    { name: "disks", freshness: "fresh", outcome: "ok", observedAt: seenAt, intervalMs: 60_000 },
    { name: "smart", freshness: "never" },
  ],
  unknowns: [{ probe: "smart", reason: "it has not reported yet" }],
};

const fleetHealth: FleetHealth = {
  counts: { ok: 3, degraded: 1, failed: 0, unknown: 0, asleep: 1 },
  nodes: [line, asleep],
  total: 5,
  nextCursor: "WyJoZWFsdGgiLDMsInNpYmVyaWFuIl0",
};

const findings: FindingList = { findings: [finding], total: 1 };

const life: FindingLife = {
  finding,
  events: [
    { at: finding.pendingSince, kind: "pending", text: "its condition was seen" },
    { at: sinceAt, kind: "firing", text: "it fires" },
  ],
};

const disk: Disk = {
  node: "neko",
  id: "eui.0025385b11b2a3c4",
  name: "nvme0n1",
  kind: "nvme",
  bus: "nvme",
  model: "Samsung SSD 980 PRO 1TB",
  serial: "S5GXNX0T123456A",
  sizeBytes: 1_000_204_886_016,
  health: "ok",
  reason: "it was asked, and nothing is wrong",
  wornPercent: 3,
  temperatureCelsius: 41,
  powerOnHours: 9120,
  freshness: "fresh",
  observedAt: seenAt,
  healthReadAt: seenAt,
  findings: [],
};

const mesh: Mesh = {
  paths: [
    {
      from: {
        node: "bobcat",
        way: "direct",
        detail: "192.0.2.20:41641",
        handshakeAgeSeconds: 31,
        latencySeconds: 0.004,
        freshness: "fresh",
        observedAt: seenAt,
      },
      to: { node: "neko", way: "relay", detail: "fra", handshakeAgeSeconds: 31, freshness: "fresh", observedAt: seenAt },
      agreement: "differ",
    },
  ],
  total: 1,
  counts: { nodes: 2, paths: 1, differ: 1, relayed: 1, unknown: 0 },
};

const nodes: NodeList = {
  nodes: [
    {
      ...{ name: "neko", status: "degraded", reason: "/ is 91 % full", freshness: "fresh", isConnected: true },
      ...{ lastContactAt: seenAt, agentVersion: "0.1.0", proof: "proven", architecture: "x86_64", loadAverage1m: 0.5 },
      findingCounts: line.findingCounts,
    },
  ],
  total: 1,
  stream: "7f0c2b1e-8d1f-4c58-9d5c-0d6c3f1f2a77",
  version: 42,
};

const [summary] = nodes.nodes;

const detail: Pick<NodeDetail, Exclude<keyof NodeDetail, "summary">> = {
  identity: { machineId: "0123456789abcdef0123456789abcdef", bootId: "5b6f1c9e", epoch: "1" },
  firstSeenAt: sinceAt,
  ...{ probes: [], lists: [], subjects: [], findings: [finding], losses: [] },
};

const decision: Decision = {
  ...{ id: "3f9a1c07", kind: "maintenance", scope: { node: "neko" }, by: "ada", reason: "a new drive" },
  ...{ at: seenAt, until: "2026-11-22T20:00:00.000Z" },
};

const streamed: StreamMessage = {
  ...{ type: "delta", stream: nodes.stream, version: 43 },
  ...{ nodes: nodes.nodes, removedNodes: [], findings: [finding] },
};

const baseline: DiskBaseline = {
  ...{ node: "neko", disk: disk.id, serialNumber: "S5GXNX0T123456A", at: seenAt },
  counters: [{ name: "media_and_data_integrity_errors", before: 0, baseline: 3 }],
};

const forecasts: ForecastList = {
  node: "neko",
  forecasts: [
    {
      ...{ kind: "filesystem", id: "/", name: "/", what: "space", unit: "bytes", now: 9.1e11, limit: 1e12, perDay: 2e9 },
      ...{ outcome: "reaches", earliestAt: "2026-12-20T00:00:00.000Z", likelyAt: "2027-01-06T00:00:00.000Z" },
      historyFrom: "2026-08-24T00:00:00.000Z",
    },
  ],
};

const notifications: NotificationOverview = {
  channels: [
    {
      ...{ name: "phone", type: "ntfy", target: "ntfy.example.net", state: "ok", waiting: 0, deliveredCount: 12 },
      lastDeliveredAt: seenAt,
    },
  ],
  heartbeat: { target: "hc.example.net", lastSentAt: seenAt },
};

const changes: ChangeList = {
  changes: [
    {
      ...{ id: 7, at: seenAt, node: "neko", change: "appeared", text: "Samsung SSD 980 PRO 1TB (nvme0n1) appeared" },
      subject: { kind: "block_device", id: disk.id },
      fields: [],
    },
  ],
};

/** By the name of the route. */
export const examples: Readonly<Record<string, object>> = {
  "node-health": nodeHealth,
  health: fleetHealth,
  findings,
  finding: life,
  disks: { disks: [disk], total: 1, incomplete: [{ node: "panther", reason: "nobody listed its disks yet" }] },
  mesh,
  nodes,
  "node-history": {
    ...{ node: "neko", from: sinceAt, to: seenAt, resolution: "5m" },
    series: [
      {
        kind: "filesystem",
        id: "/",
        name: "used_bytes",
        isRate: false,
        at: [1_795_369_200_000],
        average: [9.1e11],
        minimum: [9.1e11],
        maximum: [9.2e11],
      },
    ],
  },
  node: { summary, ...detail },
  stream: streamed,
  "node-forecasts": forecasts,
  changes,
  "node-changes": changes,
  decisions: { decisions: [decision] },
  "decision-create": decision,
  "decision-end": decision,
  "disk-baseline": baseline,
  notifications,
  "notifications-test": { tests: [{ channel: "phone", outcome: "delivered", durationMs: 212 }] },
  ...gpuExamples,
  ...clusterExamples,
  ...accessExamples,
};
