/**
 * What to do before it dies, in an order in which each step is safe once those before it are done: first copies of what lives nowhere else, then
 * nothing new goes there, then what is there goes elsewhere. A Node is never deleted here: Longhorn's settings of it and K3s' member of etcd go with it.
 */
import { inWords, shellWord } from "@nodekeeper/shared";
import type { BlastItem } from "@nodekeeper/shared/api";
import { etcdStanding } from "../../state/cluster/etcd-members.ts";
import { conditionOf, isReady } from "../../state/cluster/node-conditions.ts";
import type { LonghornVolume } from "../../state/longhorn/longhorn-volume.ts";
import type { Death } from "../death/death.ts";
import { claimOf } from "../judges/volumes.ts";
import { workloadsOf } from "../judges/workloads.ts";
import type { LocalVolume } from "../objects/local-volume.ts";
import type { Picture } from "../picture.ts";
import { helpfulPolicy, isHelpedByPolicy } from "../scheduling/needs-help.ts";
import { patchCommand, pointer, type Step, withKubectl } from "./commands.ts";
import { programOf } from "./program-of.ts";

/** What would break. */
export interface Breaks {
  readonly items: readonly BlastItem[];
  /** Volumes whose last whole copy is there. */
  readonly lostVolumes: readonly LonghornVolume[];
  readonly lostLocals: readonly LocalVolume[];
  readonly longhornNamespace: string;
}

/** More of a kind are told of in one step. */
const oneByOne = 4;

/** Empty where nothing would break. */
export function nextSteps(picture: Picture, death: Death, breaks: Breaks): readonly Step[] {
  if (breaks.items.length === 0) return [];
  return [
    ...snapshotEtcd(picture, breaks),
    ...secureVolumes(picture, breaks),
    ...copyLocals(death, breaks),
    ...emptyLonghorn(picture, death, breaks),
    ...(death.takesNode ? helpByLonghorn(picture, breaks) : []),
    ...(death.takesNode ? moveWork(picture, breaks) : []),
  ];
}

/** A snapshot disturbs nobody, and any healthy server can make it. */
function snapshotEtcd({ nodes, node, nowMs }: Picture, { items }: Breaks): readonly Step[] {
  const etcd = items.find(({ kind, name }) => kind === "etcd" && name === "etcd");
  if (etcd === undefined || etcd.severity === "degraded" || nodes.kind === "failed") return [];
  const standing = etcdStanding(nodes.value, nowMs);
  const healthy = standing.kind === "known" ? standing.members.filter(({ isHealthy }) => isHealthy) : [];
  const server = healthy.find((member) => member.node.name === node) ?? healthy[0];
  const program = programOf(server?.node.info.kubeletVersion);
  if (server === undefined || program === undefined) return [];
  const text = "keep what the cluster is in a snapshot of etcd, and copy it to another machine";
  return [{ text, command: `sudo ${program} etcd-snapshot save --name before-${node}`, on: server.node.name }];
}

/** Another copy of what has only one; a rebuild that runs is waited for. */
function secureVolumes(picture: Picture, { lostVolumes, longhornNamespace: namespace }: Breaks): readonly Step[] {
  const at = (names: readonly string[]): string => `kubectl -n ${namespace} get volumes.longhorn.io ${names.join(" ")}`;
  const isBuilding = ({ name }: LonghornVolume): boolean =>
    picture.longhorn.replicasOfVolume(name).some((one) => one.isRunning && !one.isHealthy && !one.isFailed);
  const building = lostVolumes.filter(isBuilding);
  const single = lostVolumes.filter((one) => !isBuilding(one) && one.replicaCount === 1 && isCopied(one));
  const stuck = lostVolumes.filter((one) => !building.includes(one) && !single.includes(one));
  const shown = (some: readonly LonghornVolume[]): string => inWords(some.map(claimOf));
  const steps: Step[] = [];
  if (building.length > 0) {
    const text = `wait until ${shown(building)} ${building.length === 1 ? "is" : "are"} built elsewhere: robustness healthy`;
    steps.push({ text, command: at(building.map(({ name }) => name)), on: withKubectl });
  }
  for (const volume of single.slice(0, oneByOne)) {
    const when = volume.state === "attached" ? "" : ", which is built as soon as it is attached";
    const command = patchCommand(namespace, `volumes.longhorn.io ${volume.name}`, { "/spec/numberOfReplicas": 2 });
    steps.push({ text: `give ${claimOf(volume)} a second replica${when}`, command, on: withKubectl });
  }
  if (single.length > oneByOne) {
    const rest = single.slice(oneByOne);
    steps.push({ text: `likewise ${shown(rest)}`, command: at(rest.map(({ name }) => name)), on: withKubectl });
  }
  if (stuck.length > 0) {
    const text = `back up ${shown(stuck)} in Longhorn, and see why there is no other whole copy`;
    const command = `kubectl -n ${namespace} describe volumes.longhorn.io ${stuck.map(({ name }) => name).join(" ")}`;
    steps.push({ text, command, on: withKubectl });
  }
  return steps;
}

/** Of a volume without a whole copy none can be made, and Longhorn takes no second replica of one that is strictly local. */
function isCopied({ robustness, dataLocality }: LonghornVolume): boolean {
  return robustness !== "faulted" && dataLocality !== "strict-local";
}

/** To where the command is typed: any machine with room for it. Two shells read the folder, here and there. */
function copyLocals({ node }: Death, { lostLocals }: Breaks): readonly Step[] {
  const withFolder = lostLocals.flatMap(({ claim = "", folder }) => (folder === undefined ? [] : [{ claim, folder }]));
  return withFolder.map(({ claim, folder }) => ({
    text: `copy ${claim} away, best while nothing writes to it`,
    command: `ssh ${node} sudo tar -C ${shellWord(shellWord(folder))} -czf - . > ${claim.replaceAll("/", "_")}.tar.gz`,
    on: "another machine with room for it",
  }));
}

/** Nothing new is placed there, and what is there is built elsewhere; only where there is room, and nobody could be placed no more. */
function emptyLonghorn(picture: Picture, death: Death, { longhornNamespace: namespace }: Breaks): readonly Step[] {
  const { longhorn, node, placement, clusterNode } = picture;
  const own = longhorn.node(node);
  const replicas = longhorn.replicas().filter((one) => death.fateOf(one) !== "stays");
  if (own === undefined || replicas.length === 0) return [];
  const isWhole = death.takesNode;
  const where = isWhole ? node : `${death.longhornDisks.map(({ name }) => name).join(" and ")} of ${node}`;
  const disks = isWhole ? [...own.disks.keys()] : death.longhornDisks.map(({ name }) => name);
  const change = isWhole ? { withoutNodes: new Set([node]) } : { withoutDisks: new Set(disks.map((disk) => `${node}/${disk}`)) };
  const losers = placement?.losersOf(change) ?? [];
  const homeless = [...new Set(disks.flatMap((disk) => placement?.homelessOf(node, disk) ?? []))];
  if (losers.length > 0 || homeless.length > 0) {
    const names = [...losers.map(({ shown }) => shown), ...homeless.map((name) => shownOf(picture, name))];
    const text = `add a disk to Longhorn elsewhere first: ${inWords([...new Set(names)])} could not be placed without ${where}`;
    return [{ text, command: `kubectl -n ${namespace} get nodes.longhorn.io`, on: withKubectl }];
  }
  const isAlive = clusterNode !== undefined && isReady(clusterNode) && conditionOf(own, "Ready")?.status === "True";
  const wish = isAlive ? { allowScheduling: false, evictionRequested: true } : { allowScheduling: false };
  const isSet = (one: { readonly allowScheduling: boolean; readonly evictionRequested: boolean }): boolean =>
    !one.allowScheduling && (one.evictionRequested || !isAlive);
  const isDone = isWhole ? isSet(own) : death.longhornDisks.every(isSet);
  const paths = isWhole ? ["/spec"] : disks.map((disk) => `/spec/disks/${pointer(disk)}`);
  const fields = Object.fromEntries(
    paths.flatMap((path) => Object.entries(wish).map(([name, value]) => [`${path}/${name}`, value])),
  );
  const text = isAlive
    ? `let Longhorn build the replicas on ${where} elsewhere, and place none there`
    : `let Longhorn place no replica on ${where} any more`;
  const label = isWhole
    ? `longhornnode=${node}`
    : `longhorndiskuuid in (${death.longhornDisks.flatMap(({ status }) => status?.uuid ?? []).join(",")})`;
  return [
    ...(isDone ? [] : [{ text, command: patchCommand(namespace, `nodes.longhorn.io ${node}`, fields), on: withKubectl }]),
    {
      text: `wait until no replica is left there (${replicas.length} now)`,
      command: `kubectl -n ${namespace} get replicas.longhorn.io -l ${shellWord(label)}`,
      on: withKubectl,
    },
  ];
}

/** Work that would wait for somebody's hand, and would not if Longhorn were told to delete pods on nodes that are down. */
function helpByLonghorn(picture: Picture, { items, longhornNamespace: namespace }: Breaks): readonly Step[] {
  if (items.some(({ kind, severity }) => kind === "etcd" && severity !== "degraded")) return []; // Longhorn then can delete nothing either
  const waiting = new Set(
    items.flatMap(({ kind, severity, name }) => (kind === "workload-moves" && severity === "outage" ? [name] : [])),
  );
  const pods = picture.pods.kind === "read" ? picture.pods.value : [];
  const helped = workloadsOf(pods).filter(({ name, first }) => waiting.has(name) && isHelpedByPolicy(first, picture));
  const policy = picture.longhorn.setting("node-down-pod-deletion-policy");
  if (helped.length === 0 || policy === helpfulPolicy) return [];
  const text = `let Longhorn delete pods on a node that is down, so that ${inWords(helped.map(({ name }) => name))} can come back without you`;
  const value = shellWord(JSON.stringify({ value: helpfulPolicy }));
  const command = `kubectl -n ${namespace} patch settings.longhorn.io node-down-pod-deletion-policy --type merge -p ${value}`;
  return [{ text, command, on: withKubectl }];
}

/** A drain comes last: what can run nowhere else stands still from then on. */
function moveWork({ clusterNode, node }: Picture, { items }: Breaks): readonly Step[] {
  if (clusterNode === undefined) return [];
  const stuck = items.filter(({ kind }) => kind === "workload-stuck").map(({ name }) => name);
  const doubt = stuck.length === 0 ? "" : `; ${inWords(stuck)} will stand still`;
  return [
    ...(clusterNode.isCordoned
      ? []
      : [{ text: "let no pod start there any more", command: `kubectl cordon ${node}`, on: withKubectl }]),
    {
      text: `when all of this is done, move its work away${doubt}`,
      command: `kubectl drain ${node} --ignore-daemonsets --delete-emptydir-data`,
      on: withKubectl,
    },
  ];
}

function shownOf({ longhorn }: Picture, name: string): string {
  const volume = longhorn.volume(name);
  return volume === undefined ? name : claimOf(volume);
}
