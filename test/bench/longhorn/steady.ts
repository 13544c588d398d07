/**
 * What a fleet with Longhorn costs the collector while nothing happens to it: node test/bench/longhorn/steady.ts --nodes 1000 --seconds 30
 * Machines, Nodes, Longhorn's objects in memory; the reconcilers and their controller, onboarding and the cluster's rules as they run. Longhorn's manager
 * writes each node's status every 30 s, and a hundredth of the replicas change a minute. Nothing is written to a cluster: nobody may.
 */
import { cpus, loadavg } from "node:os";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { BlockDeviceType } from "@nodekeeper/proto";
import { longhornFacts } from "../../../collector/src/longhorn-facts.ts";
import { createMetrics } from "../../../collector/src/metrics.ts";
import type { Onboardings } from "../../../collector/src/onboarding/onboarding.ts";
import { toldLonghornNeeds, wellMachine } from "../../../collector/src/onboarding/test-support/new-machine.ts";
import { openClusterAdvice } from "../../../collector/src/open-cluster-advice.ts";
import { openOnboarding } from "../../../collector/src/open-onboarding.ts";
import { builtInPolicy } from "../../../collector/src/policy/built-in.ts";
import { readPolicy } from "../../../collector/src/policy/read-policy.ts";
import { createController } from "../../../collector/src/reconcile/controller/create-controller.ts";
import { noServices } from "../../../collector/src/reconcile/endpoints/service-objects.ts";
import { createReconcilers } from "../../../collector/src/reconcile/index.ts";
import { inSlices } from "../../../collector/src/reconcile/people/in-slices.ts";
import { planOf } from "../../../collector/src/reconcile/people/plan-of.ts";
import { aFault } from "../../../collector/src/reconcile/test-support/longhorn-stage.ts";
import { toldHealth } from "../../../collector/src/reconcile/test-support/told-machine.ts";
import type { World } from "../../../collector/src/reconcile/world.ts";
import { noRouting } from "../../../collector/src/routing/no-routing.ts";
import { clusterNodeOf } from "../../../collector/src/state/cluster/cluster-node-of.ts";
import { createClusterHolder } from "../../../collector/src/state/cluster/create-cluster-holder.ts";
import { createStateHolder } from "../../../collector/src/state/holder.ts";
import { createLonghornHolder } from "../../../collector/src/state/longhorn/create-longhorn-holder.ts";
import { longhornNodeOf } from "../../../collector/src/state/longhorn/longhorn-node-of.ts";
import { longhornReplicaOf } from "../../../collector/src/state/longhorn/longhorn-replica-of.ts";
import { longhornVolumeOf } from "../../../collector/src/state/longhorn/longhorn-volume-of.ts";
import { createTurnedAway } from "../../../collector/src/state/turned-away.ts";
import { FakeStore } from "../../../collector/src/test-support/fake-store.ts";
import { observationOf, type Said, type Thing } from "../../../collector/src/test-support/judge-machine.ts";
import { hello } from "../../../collector/src/test-support/states.ts";
import { systemClock as clock, createLogger } from "../../../packages/shared/src/index.ts";
import { nodeObject, replicaObject, uuid, volumeObject } from "./objects.ts";

const { values } = parseArgs({
  options: {
    nodes: { type: "string", default: "1000" },
    seconds: { type: "string", default: "30" },
    failing: { type: "string", default: "0" },
    blocked: { type: "string", default: "0" },
    "default-disks": { type: "boolean", default: false },
    ready: { type: "boolean", default: false },
    warm: { type: "boolean", default: false },
    approved: { type: "boolean", default: false },
    settle: { type: "string", default: "15" },
  },
});
const count = Number(values.nodes);
const [seconds, failing, blocked] = [Number(values.seconds), Number(values.failing), Number(values.blocked)];
const statusMs = 30_000;
const stepMs = 100;
const nothing = { [Symbol.dispose]: () => undefined };
const logger = createLogger("bench", "silent");
const random = Math.random;
const name = (index: number): string => `node-${index}`;
const machineId = (index: number): string => index.toString(16).padStart(32, "0");

const state = createStateHolder([]);
const cluster = createClusterHolder();
const longhorn = createLonghornHolder();
const began = cpuMs();
cluster.replaceAll(made(count, clusterNode), clock.wallMs());
longhorn.filled.nodes.replaceAll(made(count, (index) => longhornNodeOf(stored(nodeObject(index)))));
longhorn.filled.volumes.replaceAll(made(count * 3, (index) => longhornVolumeOf(stored(volumeObject(index)))));
longhorn.filled.replicas.replaceAll(made(count * 9, (index) => longhornReplicaOf(stored(replicaObject(index, count)))));
longhorn.setKnowledge({ kind: "known", heardAtMs: clock.wallMs(), problem: undefined });
const policy = { current: readText(), onChanged: () => nothing, problems: () => [] };
const metrics = createMetrics();
const store = new FakeStore();
const findings = {
  ofNode: (node: string) => (Number(node.slice(5)) < failing ? [aFault({ node })] : []),
  isEvaluated: () => true,
  subscribe: () => nothing,
};
console.log(`${cpus()[0]?.model}, Node ${process.version}, load ${loadavg()[0]?.toFixed(1)}`);
console.log(`${count} nodes, ${count * 3} volumes, ${count * 9} replicas; made in ${(cpuMs() - began).toFixed(0)} ms of CPU`);

let onboardings: Onboardings | undefined;
const startedAtMs = clock.wallMs();
const world: World = {
  get nowMs() {
    return clock.wallMs();
  },
  ...{ startedAtMs, policy: policy.current, cluster, longhorn, routing: noRouting, services: noServices },
  decisions: { approval: values.approved ? { planHash: "0", by: "mika", atMs: 0 } : undefined, overrides: [] },
  node: (node) => state.node(node),
  findings: (node) => findings.ofNode(node),
  isEvaluated: () => true,
  isInMaintenance: () => false,
  isReady: (node) => onboardings?.isReady(node) ?? false,
};

const aloneMs = await driven();
console.log(`making the changes alone: ${share(aloneMs)}`);

const unasked = (): Promise<never> => Promise.reject(new Error("nothing is asked"));
const client = {
  readOne: unasked,
  patchOne: unasked,
  readNode: unasked,
  patchNode: unasked,
  patchNodeStatus: unasked,
  applyNode: unasked,
};
const reconcilers = createReconcilers({
  client: client as never,
  policy,
  cluster,
  longhorn,
  longhornNamespace: "longhorn-system",
  namespace: "nodekeeper",
  services: noServices,
  clock,
});
const timed = reconcilers.map((each) => Object.assign(each, { decide: counted(each.name, each.decide.bind(each)) }));
const decided = new Map<string, { count: number; ms: number }>();

const from = cpuMs();
await using controller = createController({
  ...{ reconcilers: timed, world: () => world, store, metrics: metrics.reconcile, clock, random, logger },
  changes: {
    ...{ state, cluster, longhorn, findings, policy, decisions: policy, routing: noRouting, services: noServices },
    attention: { onMaintenance: () => nothing },
    onboardings: { subscribe: (listener) => onboardings?.subscribe(listener) ?? nothing },
  },
  guard: {
    ask: async () => ({ kind: "no", because: "standby", text: "a bench" }),
    last: { kind: "no", because: "standby", text: "a bench" },
    onChanged: () => nothing,
  } as never, // only these are used
});
await using running = await openOnboarding({
  ...{ state, cluster, longhorn, turnedAway: createTurnedAway(), policy, store, clock, random, logger },
  reconciliation: () => ({
    planOf: (node) =>
      planOf(
        timed.flatMap((each) => controller.picture(each.name, node) ?? []),
        values.approved,
        policy.current.modes,
      ),
    plan: async () =>
      planOf(await inSlices(controller.pictures(), (picture) => picture, clock), values.approved, policy.current.modes),
  }),
  probeNow: () => undefined,
  metrics: { becameReady: () => undefined },
});
onboardings = running;
await using advice = openClusterAdvice({
  ...{ hasCluster: true, cluster, state, store, metrics: metrics.evaluation, clock, random, logger },
  wildcardName: () => undefined,
  storage: () => ({ longhorn: longhornFacts(longhorn, clock.wallMs()), backups: [], maximumBackupAgeMs: 86_400_000 }),
  restored: [],
});
for (let index = 0; index < count; index++) {
  tellMachine(index);
  if (index % 100 === 99) await sleep(1);
}
const delays = monitorEventLoopDelay({ resolution: 1 });
delays.enable();
await sleep(Number(values.settle) * 1_000);
if (values.warm) await driven(statusMs / 1_000 + 1);
delays.disable();
console.log(
  `beginning: ${(cpuMs() - from).toFixed(0)} ms of CPU in ${values.settle} s, longest turn ${(delays.max / 1e6).toFixed(0)} ms`,
);
say();
for (const each of decided.values()) Object.assign(each, { count: 0, ms: 0 });
delays.reset();
delays.enable();
const busyMs = await driven();
delays.disable();
console.log(
  `steady state: ${share(busyMs)}, less what makes the changes ${share(busyMs - aloneMs)}; longest turn ${(delays.max / 1e6).toFixed(0)} ms`,
);
say();
console.log(
  `${advice.all().length} findings of the cluster; onboardings ${JSON.stringify(Object.fromEntries([...Map.groupBy(running.all(), (each) => each.state)].map(([key, each]) => [key, each.length])))}`,
);
console.log(`${Math.round(process.memoryUsage().rss / 2 ** 20)} MiB resident`);
process.exit(0);

function say(): void {
  for (const [which, { count: times, ms }] of decided) console.log(`  ${which}: ${times} decisions, ${ms.toFixed(0)} ms`);
}

function counted<Input extends readonly unknown[], Output>(which: string, decide: (...input: Input) => Output) {
  return (...input: Input): Output => {
    const fromMs = performance.now();
    const made = decide(...input);
    const known = decided.get(which) ?? { count: 0, ms: 0 };
    decided.set(which, { count: known.count + 1, ms: known.ms + performance.now() - fromMs });
    return made;
  };
}

/** CPU time in which Longhorn writes for so many seconds. */
async function driven(durationSeconds = seconds): Promise<number> {
  const fromMs = cpuMs();
  const beginMs = performance.now();
  let [toldNodes, toldReplicas] = [0, 0];
  while (performance.now() - beginMs < durationSeconds * 1_000) {
    const passedMs = performance.now() - beginMs;
    for (; toldNodes < (passedMs / statusMs) * count; toldNodes++) {
      const node = longhornNodeOf({
        ...stored(nodeObject(toldNodes % count, 500_000_000_000 - Math.round(passedMs) * 1_000), String(passedMs)),
      });
      if (node !== undefined) longhorn.filled.nodes.put(node);
    }
    for (; toldReplicas < (passedMs / 60_000) * count * 0.09; toldReplicas++) {
      const replica = longhornReplicaOf(stored(replicaObject(toldReplicas % (count * 9), count), String(passedMs)));
      if (replica !== undefined) longhorn.filled.replicas.put({ ...replica, isFailed: random() < 0.5 });
    }
    longhorn.setKnowledge({ kind: "known", heardAtMs: clock.wallMs(), problem: undefined });
    cluster.heard(clock.wallMs());
    await sleep(stepMs);
  }
  return cpuMs() - fromMs;
}

function tellMachine(index: number): void {
  const atMs = clock.wallMs();
  const value = { diskUuid: uuid(index), mountPoint: "/", physicalBlockDeviceIds: ["nvme.1"] };
  const folder: Thing = { kind: "longhorn_disk", id: "/var/lib/longhorn", value: { case: "longhornDisk", value } };
  const device = { name: "nvme0n1", type: BlockDeviceType.DISK, isVirtual: false, bus: "nvme", sizeBytes: 10n ** 12n };
  const disk: Thing = { kind: "block_device", id: "nvme.1", value: { case: "blockDevice", value: device } };
  const filesystem = { mountPoint: "/", sizeBytes: 10n ** 12n, physicalBlockDeviceIds: ["nvme.1"] };
  const root: Thing = { kind: "filesystem", id: "/", value: { case: "filesystem", value: filesystem } };
  const storage: Said = {
    probe: "disks",
    things: [disk, folder, root],
    whole: ["block_device", "filesystem", "longhorn_disk"],
  };
  const needs = index < blocked ? toldLonghornNeeds({ bad: { iscsid: 3 } }) : toldLonghornNeeds({});
  const says = { ...wellMachine(), disks: storage, smart: toldHealth(), longhorn: needs };
  const node = name(index);
  const probes = Object.keys(says).map((probe) => ({ name: probe, intervalMs: 3_600_000 }));
  const proof = { state: "proven", by: "cluster" } as const;
  state.apply({ kind: "connected", node, hello: hello({ nodeName: node, machineId: machineId(index), probes }), proof, atMs });
  state.apply({ kind: "contact", node, clockSkewMs: 0, losses: [], atMs });
  for (const [sequence, said] of Object.values(says).entries()) {
    const observation = { ...observationOf({ ...said, atMs }, sequence + 1), intervalMs: 3_600_000 };
    state.apply({ kind: "observed", node, epoch: "epoch-1", observation, observedAtMs: atMs, receivedAtMs: atMs });
  }
}

function clusterNode(index: number) {
  const metadata = {
    name: name(index),
    uid: `uid-${index}`,
    resourceVersion: "1",
    creationTimestamp: "2026-11-01T00:00:00Z",
    labels: {},
  };
  const conditions = [{ type: "Ready", status: "True" }];
  const nodeInfo = { machineID: machineId(index), kubeletVersion: "v1.33.1+k3s1" };
  const addresses = [{ type: "InternalIP", address: `10.1.${index >> 8}.${index & 255}` }];
  return clusterNodeOf({ metadata, spec: {}, status: { conditions, nodeInfo, addresses } });
}

function readText() {
  const more = values["default-disks"] ? "  defaultDisks: [/var/lib/longhorn]\n" : "";
  const tags = `  diskTags: { nvme: 'disk.type == "nvme"'${values.ready ? "" : ", fast: disk.is_fast"} }\n  nodeTags: {${values.ready ? "" : " core: 'true' "}}\n`;
  const text = `version: 1\n${values.ready ? "labels: {}\nconditions: []\n" : ""}storage:\n${tags}${more}`;
  const read = readPolicy(text, { source: "policy.yaml", builtIn: builtInPolicy });
  if (read.kind === "bad") throw new Error(read.problems.join("\n"));
  return read.policy;
}

function made<Item>(many: number, of: (index: number) => Item | undefined): readonly Item[] {
  return Array.from({ length: many }, (_, index) => of(index)).filter((item) => item !== undefined);
}

function stored(object: object, resourceVersion = "1"): Record<string, unknown> {
  const fields = object as { readonly metadata: object }; // every object has them
  return { ...fields, metadata: { ...fields.metadata, uid: "uid", resourceVersion } };
}

function share(ms: number): string {
  return `${((ms / (seconds * 1_000)) * 100).toFixed(1)} % of a core`;
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
