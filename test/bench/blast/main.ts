/**
 * How long the answer takes what would break: `node test/bench/blast/main.ts --nodes 1000 --pods 20000`. A real kube-apiserver with etcd holds Nodes, pods and
 * local volumes, and is asked with the collector's rights; Longhorn's objects and the agents' words are in memory, as the collector holds them.
 * Prints what RESULTS.md keeps.
 */
import { cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { createBlastRadius } from "../../../collector/src/blast/create-blast-radius.ts";
import { aMachine } from "../../../collector/src/blast/test-support/machines.ts";
import { podObject, volumeObject } from "../../../collector/src/blast/test-support/objects.ts";
import { matchDisks } from "../../../collector/src/longhorn/match-disks.ts";
import { placementOf } from "../../../collector/src/longhorn/placement-of.ts";
import { aDisk, aLonghorn, aNode } from "../../../collector/src/longhorn/test-support/made-longhorn.ts";
import { clusterNodeOf } from "../../../collector/src/state/cluster/cluster-node-of.ts";
import { createClusterHolder } from "../../../collector/src/state/cluster/create-cluster-holder.ts";
import { createStateHolder } from "../../../collector/src/state/holder.ts";
import { createLonghornHolder } from "../../../collector/src/state/longhorn/create-longhorn-holder.ts";
import { systemClock } from "../../../packages/shared/src/index.ts";
import { createNamespace, createServiceAccount } from "../../kubernetes/cluster-objects.ts";
import { startHouse } from "../../kubernetes/house.ts";

const { values } = parseArgs({
  options: { nodes: { type: "string", default: "1000" }, pods: { type: "string", default: "20000" } },
});
const nodeCount = Number(values.nodes);
const podCount = Number(values.pods);
const volumeCount = nodeCount * 3;
/** Requests at a time while the cluster is made. */
const lanes = 16;
const rounds = 20;

const names = Array.from({ length: nodeCount }, (_, index) => `n${index}`);
const nameAt = (index: number): string => names[index % nodeCount] ?? "";
const signal = new AbortController().signal;

await using house = await startHouse();
const { admin } = house.cluster;
await createNamespace(admin, "apps");
await createServiceAccount(admin, { namespace: "apps", name: "default" });
const madeAtMs = performance.now();
await inLanes(nodeCount, async (index) => {
  const name = nameAt(index);
  await admin.create("/api/v1/nodes", { metadata: { name, labels: { "kubernetes.io/hostname": name } } });
  const conditions = [{ type: "Ready", status: "True", reason: "KubeletReady", message: "" }];
  await admin.ask("PATCH", `/api/v1/nodes/${name}/status`, { status: { conditions } }, "application/merge-patch+json");
  const volume = volumeObject({ name: `pv-${name}`, claim: `work/c-${name}`, on: [name], folder: `/data/${name}` });
  await admin.create("/api/v1/persistentvolumes", {
    ...volume,
    metadata: { name: `pv-${name}` },
    spec: volumeSpec(volume["spec"]),
  });
});
await inLanes(podCount, async (index) => {
  const made = podObject({
    on: nameAt(index),
    name: `work/p-${index}`,
    owner: `Deployment d-${index % 5000}`,
    claims: claimsOf(index),
  });
  await admin.create("/api/v1/namespaces/apps/pods", podBody(made, index));
});
const makingSeconds = (performance.now() - madeAtMs) / 1000;

const cluster = createClusterHolder();
const { nodes } = await house.client.listNodes(clusterNodeOf, signal);
cluster.replaceAll(
  nodes.filter((node) => node !== undefined),
  systemClock.wallMs(),
);
const longhorn = createLonghornHolder();
const made = aLonghorn({
  nodes: names.map((name) => aNode(name, {}, [aDisk("root", { path: "/var/lib/longhorn/" })])),
  volumes: Array.from({ length: volumeCount }, (_, index) => ({
    ...{ name: `v${index}`, claim: { namespace: "apps", name: `l-${index}`, workloads: [] }, attachedTo: nameAt(index) },
    on: [0, 1, 2].map((copy) => `${nameAt(index * 7 + copy * 13)}/root`),
  })),
});
longhorn.filled.nodes.replaceAll(made.nodes());
longhorn.filled.volumes.replaceAll(made.volumes());
longhorn.filled.replicas.replaceAll(made.replicas());
longhorn.setKnowledge({ kind: "known", heardAtMs: 0, problem: undefined });
const disks = { sda: { serial: "S", partitions: ["sda1"] } };
const state = createStateHolder(
  names.map((name) =>
    aMachine(name, { disks, mounts: { "/": "sda1" }, longhornDisks: { "/var/lib/longhorn": `${name}/root` }, models: ["m"] }),
  ),
);
const blast = createBlastRadius({
  ...{ client: house.client, cluster, longhorn, state, placementOf, clock: systemClock, longhornNamespace: "longhorn-system" },
  matchDisks: (node, nowMs) =>
    matchDisks(node, { node: state.node(node.name), clusterNode: cluster.node(node.name), nowMs, startedAtMs: 0 }),
  backups: () => ({ domain: "nodekeeper.example", deployments: [] }),
  hasCredential: () => false,
});

console.log(`${cpus()[0]?.model}, Node ${process.version}, load ${loadavg()[0]?.toFixed(1)}`);
console.log(
  `${nodes.length} nodes, ${podCount} pods, ${nodeCount} local volumes, ${volumeCount} volumes of Longhorn; made in ${makingSeconds.toFixed(0)} s`,
);
console.log("| question | items | median | slowest | CPU of the collector |");
console.log("| --- | ---: | ---: | ---: | ---: |");
await measure("a node", async (round) => (await blast.of({ node: nameAt(round * 31), disk: undefined }, signal)).items.length);
await measure("a disk", async (round) => (await blast.of({ node: nameAt(round * 31), disk: "sda" }, signal)).items.length);
await measure("decommission", async (round) => (await blast.decommission(nameAt(round * 31), signal)).steps.length);

async function measure(question: string, ask: (round: number) => Promise<number>): Promise<void> {
  const times: number[] = [];
  let items = 0;
  const cpuBefore = process.cpuUsage();
  for (let round = 0; round < rounds; round++) {
    const startedAtMs = performance.now();
    items = Math.max(items, await ask(round));
    times.push(performance.now() - startedAtMs);
  }
  const { user, system } = process.cpuUsage(cpuBefore);
  const sorted = times.toSorted((a, b) => a - b);
  const [median = 0, slowest = 0] = [sorted[rounds >> 1], sorted.at(-1)];
  const cpuMs = (user + system) / 1000 / rounds;
  console.log(`| ${question} | ${items} | ${median.toFixed(0)} ms | ${slowest.toFixed(0)} ms | ${cpuMs.toFixed(0)} ms |`);
}

function claimsOf(index: number): readonly string[] {
  return index < nodeCount ? [`c-${nameAt(index)}`] : [];
}

/** What a real API server asks for besides. */
function podBody(made: object, index: number): object {
  const { metadata, spec } = made as { readonly metadata: object; readonly spec: object }; // as podObject makes it
  const controller = {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    name: `d-${index % 5000}-7d4b9c8f6d`,
    uid: "1",
    controller: true,
  };
  return {
    metadata: { ...metadata, ownerReferences: [controller] },
    spec: { ...spec, containers: [{ name: "app", image: "app" }] },
  };
}

function volumeSpec(spec: unknown): object {
  return { ...(spec as object), storageClassName: "local-path" }; // as volumeObject makes it
}

async function inLanes(count: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) await work(index);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}
