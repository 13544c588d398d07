/**
 * What it costs to decide and plan about a node of Longhorn: node test/bench/longhorn/decide.ts --nodes 1000 --volumes 3000
 * The reconciler longhorn-disks over a holder that is filled as the feed fills it; three replicas a volume. A node that is well asks nobody; one whose disk
 * fails asks who needs the disk, and where its replicas could go.
 */

import { parseArgs } from "node:util";
import { BlockDeviceType } from "@nodekeeper/proto";
import { readPolicy } from "../../../collector/src/policy/read-policy.ts";
import { createLonghornDisks } from "../../../collector/src/reconcile/longhorn-disks.ts";
import { aFault } from "../../../collector/src/reconcile/test-support/longhorn-stage.ts";
import { toldHealth } from "../../../collector/src/reconcile/test-support/told-machine.ts";
import { aClusterNode, aPolicy, worldOf } from "../../../collector/src/reconcile/test-support/world-of.ts";
import type { World } from "../../../collector/src/reconcile/world.ts";
import { createLonghornHolder } from "../../../collector/src/state/longhorn/create-longhorn-holder.ts";
import { longhornNodeOf } from "../../../collector/src/state/longhorn/longhorn-node-of.ts";
import { longhornReplicaOf } from "../../../collector/src/state/longhorn/longhorn-replica-of.ts";
import { longhornVolumeOf } from "../../../collector/src/state/longhorn/longhorn-volume-of.ts";
import { machineThatSaid, type Thing } from "../../../collector/src/test-support/judge-machine.ts";
import { systemClock } from "../../../packages/shared/src/index.ts";
import { nodeObject, replicaObject, uuid, volumeObject } from "./objects.ts";

const { values } = parseArgs({
  options: { nodes: { type: "string", default: "1000" }, volumes: { type: "string", default: "3000" } },
});
const nodes = Number(values.nodes);
const volumes = Number(values.volumes);
const rounds = 3;

const holder = createLonghornHolder();
holder.filled.nodes.replaceAll(made(nodes, (index) => longhornNodeOf(stored(nodeObject(index)))));
holder.filled.volumes.replaceAll(made(volumes, (index) => longhornVolumeOf(stored(volumeObject(index)))));
holder.filled.replicas.replaceAll(made(volumes * 3, (index) => longhornReplicaOf(stored(replicaObject(index, nodes)))));
holder.setKnowledge({ kind: "known", heardAtMs: 0, problem: undefined });

const read = readPolicy(policyText(), { source: "policy.yaml", builtIn: aPolicy({ conditions: [] }) });
if (read.kind === "bad") throw new Error(read.problems.join("\n"));
const { policy } = read;
const unasked = (): Promise<never> => Promise.reject(new Error("nothing is asked"));
const reconciler = createLonghornDisks({
  client: { readOne: unasked, patchOne: unasked },
  ...{ longhornNamespace: "longhorn-system", policy: { current: policy }, cluster: { node: () => undefined } },
  ...{ longhorn: holder, clock: systemClock },
});

console.log(`${nodes} nodes with a disk each, ${volumes} volumes, ${volumes * 3} replicas; per node, decide and plan:`);
measure("all is well, nothing changed in Longhorn", false, false);
measure("all is well, Longhorn changed before each", false, true);
measure("its disk fails, nothing changed in Longhorn", true, false);
measure("its disk fails, Longhorn changed before each", true, true);

function measure(what: string, isFailing: boolean, isChanging: boolean): void {
  const count = isFailing ? Math.min(nodes, 100) : nodes;
  const worlds = Array.from({ length: count }, (_, index) => worldOfNode(index, isFailing));
  const times: number[] = [];
  let steps = 0;
  let cpuMicros = 0;
  for (let round = 0; round < rounds; round++) {
    for (const [index, world] of worlds.entries()) {
      if (isChanging) touch(index, round);
      const name = `node-${index}`;
      const fromMs = performance.now();
      const cpu = process.cpuUsage();
      const decision = reconciler.decide(world, name);
      const seen = reconciler.seen(world, name);
      steps += seen === undefined ? 0 : reconciler.plan(decision, seen).length;
      if (round === 0) continue; // until the engine has compiled it
      times.push(performance.now() - fromMs);
      const { user, system } = process.cpuUsage(cpu);
      cpuMicros += user + system;
    }
  }
  times.sort((a, b) => a - b);
  const at = (part: number): string => (times[Math.floor(times.length * part)] ?? 0).toFixed(3);
  const cpuMs = (cpuMicros / 1_000 / times.length).toFixed(2);
  console.log(`  ${what}: ${cpuMs} ms of CPU, median ${at(0.5)} ms; ${steps / rounds / count} steps`);
}

/** As Longhorn's own status writer does: another number of free bytes. */
function touch(index: number, round: number): void {
  const node = longhornNodeOf(stored(nodeObject(index, 500_000_000_000 - round * 104_857_600)));
  if (node !== undefined) holder.filled.nodes.put(node);
}

function worldOfNode(index: number, isFailing: boolean): World {
  const name = `node-${index}`;
  const value = { diskUuid: uuid(index), mountPoint: "/", physicalBlockDeviceIds: ["nvme.1"] };
  const folder: Thing = { kind: "longhorn_disk", id: "/var/lib/longhorn", value: { case: "longhornDisk", value } };
  const device = { name: "nvme0n1", type: BlockDeviceType.DISK, isVirtual: false, bus: "nvme", sizeBytes: 10n ** 12n };
  const disk: Thing = { kind: "block_device", id: "nvme.1", value: { case: "blockDevice", value: device } };
  const whole = ["block_device", "filesystem", "longhorn_disk"];
  const machine = machineThatSaid({ probe: "disks", things: [disk, folder], whole }, toldHealth());
  const world = worldOf({
    node: { ...machine, name },
    live: aClusterNode({ metadata: { name } }),
    findings: isFailing ? [aFault({ node: name })] : [],
    policy,
  });
  return { ...world, longhorn: holder };
}

function policyText(): string {
  return `version: 1\nstorage: { diskTags: { nvme: 'disk.type == "nvme"', fast: disk.is_fast }, nodeTags: { core: 'true' } }\n`;
}

function made<Item>(count: number, of: (index: number) => Item | undefined): readonly Item[] {
  return Array.from({ length: count }, (_, index) => of(index)).filter((item) => item !== undefined);
}

/** As the API server has it. */
function stored(object: object): Record<string, unknown> {
  const fields = object as { readonly metadata: object }; // every object has them
  const metadata = { ...fields.metadata, uid: "uid", resourceVersion: "1" };
  return { ...fields, metadata };
}
