/** What becomes of the work on the node: what can run nowhere else, what comes back elsewhere, and what of that only with somebody's help. */
import { inWords } from "@nodekeeper/shared";
import type { BlastItem } from "@nodekeeper/shared/api";
import { formatTimeSpan } from "@nodekeeper/shared/format";
import type { Death } from "../death/death.ts";
import type { LocalVolume } from "../objects/local-volume.ts";
import { type Owner, type Pod, silenceBorneSeconds } from "../objects/pod.ts";
import { otherNodes, type Picture } from "../picture.ts";
import { needsHelp } from "../scheduling/needs-help.ts";
import { type WhereElse, whereElse } from "../scheduling/where-else.ts";
import { details, type Judgement, nothing } from "./judgement.ts";

/** What was found out before. */
export interface Broken {
  readonly isApiLost: boolean;
  /** Claims whose data nobody can read any more, as "namespace/name", and why. */
  readonly claims: ReadonlyMap<string, string>;
}

/** Pods that were made by the same owner. */
export interface Workload {
  /** namespace/name of the owner, else of the pod. */
  readonly name: string;
  readonly owner: Owner | undefined;
  /** At least one. All have the same rules, since they have the same template. */
  readonly pods: readonly Pod[];
  readonly first: Pod;
}

/** How it is with each. */
export function judgeWorkloads(picture: Picture, death: Death, broken: Broken): Judgement {
  const { pods } = picture;
  if (pods.kind === "failed") return { ...nothing, unknown: [`pods on ${death.node}: ${pods.reason}`] };
  const workloads = workloadsOf(pods.value);
  if (!death.takesNode) return { items: workloads.flatMap((each) => withoutItsDisk(each, death, broken)), unknown: [] };
  const { nodes } = picture;
  if (nodes.kind === "read") return { items: workloads.flatMap((each) => withoutItsNode(each, picture, broken)), unknown: [] };
  const items = workloads.flatMap((each) => withoutItsData(each, broken));
  return { items, unknown: [`where else what runs on ${death.node} could run: ${nodes.reason}`] };
}

/** The work on a node, by who made it; without what has ended, and what is a part of the node and of Longhorn on it. */
export function workloadsOf(pods: readonly Pod[]): readonly Workload[] {
  const byOwner = Map.groupBy(
    pods.filter((pod) => !pod.isFinished && !pod.isStatic && !isOfLonghornsNode(pod)),
    ({ namespace, name, owner }) =>
      owner === undefined ? `pod ${namespace}/${name}` : `${owner.kind} ${namespace}/${owner.name}`,
  );
  return [...byOwner.values()].flatMap((some) => {
    const [first] = some;
    if (first === undefined) return [];
    const { namespace, name, owner } = first;
    return [{ name: `${namespace}/${owner?.name ?? name}`, owner, pods: some, first }];
  });
}

/** Where else it could run. */
export function placesOf({ first, owner }: Workload, picture: Picture): WhereElse {
  if (owner === undefined) return { kind: "nowhere", reason: "no controller makes this pod again" };
  return whereElse(first, volumesOf(first, picture), otherNodes(picture));
}

/** Longhorn makes these for each node anew. */
function isOfLonghornsNode({ owner }: Pod): boolean {
  return owner?.apiVersion.startsWith("longhorn.io/") === true && owner.kind !== "ShareManager";
}

/** The machine goes on; only work whose data lay on the disk stands still. */
function withoutItsDisk(workload: Workload, death: Death, broken: Broken): readonly BlastItem[] {
  const brokenBy = withoutItsData(workload, broken);
  if (brokenBy.length > 0) return brokenBy;
  const folders = workload.pods.flatMap(({ hostFolders }) => hostFolders.filter((folder) => death.isGone(folder) === true));
  if (folders.length === 0) return [];
  const text = `stands still: its folder ${inWords([...new Set(folders)])} is on it`;
  return [itemOf(workload, "workload-stuck", "outage", text)];
}

function withoutItsData(workload: Workload, { claims }: Broken): readonly BlastItem[] {
  const [reason] = workload.pods.flatMap((pod) => brokenClaimsOf(pod, claims));
  return reason === undefined ? [] : [itemOf(workload, "workload-stuck", "outage", `stands still: ${reason}`)];
}

function withoutItsNode(workload: Workload, picture: Picture, broken: Broken): readonly BlastItem[] {
  const { owner, first } = workload;
  const places = placesOf(workload, picture);
  // Every node has its own pod of a DaemonSet; only where no other node may have one, something is lost with it.
  if (owner?.kind === "DaemonSet" && places.kind === "elsewhere") return [];
  const brokenBy = withoutItsData(workload, broken);
  if (brokenBy.length > 0) return brokenBy;
  if (places.kind === "nowhere") {
    const text = owner?.kind === "DaemonSet" ? "runs on no other node" : "can run nowhere else";
    return [itemOf(workload, "workload-stuck", "outage", `${text}: ${places.reason}`)];
  }
  const where = `${placesText(places.nodes, first)}${leftBehind(first)}`;
  if (broken.isApiLost)
    return [
      itemOf(workload, "workload-moves", "outage", `could run on ${where}, but nothing is moved without the cluster's API`),
    ];
  const help = needsHelp(first, picture);
  if (help !== undefined)
    return [
      itemOf(workload, "workload-moves", "outage", `could run on ${where}, but comes back only with somebody's help: ${help}`),
    ];
  const after = silenceBorneSeconds(first) ?? 0;
  const time = after === 0 ? "" : ` ${formatTimeSpan(after)} after the node fell silent`;
  return [itemOf(workload, "workload-moves", "moves", `comes back on ${where}${time}`)];
}

function placesText(nodes: readonly string[], { hasRulesAboutPods }: Pod): string {
  return `${nodes.length > 3 ? `one of ${nodes.length} other nodes` : inWords(nodes).replace(" and ", " or ")}${hasRulesAboutPods ? ", where its rules about other pods let it" : ""}`;
}

/** Folders of a node that hold no data of anybody's work. */
const hostsOwn = /^\/(dev|sys|proc|run|etc|lib|usr|boot|var\/(run|log|lib\/(kubelet|containerd|dbus)))(\/|$)/;

/** What it keeps in folders of the node does not come along. */
function leftBehind({ hostFolders }: Pod): string {
  const folders = hostFolders.filter((folder) => !hostsOwn.test(folder));
  return folders.length === 0 ? "" : `, without what is in ${inWords(folders)} here,`;
}

function volumesOf({ namespace, claims }: Pod, { localVolumes }: Picture): readonly LocalVolume[] {
  if (localVolumes.kind === "failed") return [];
  const names = new Set(claims.map((claim) => `${namespace}/${claim}`));
  return localVolumes.value.filter(({ claim }) => claim !== undefined && names.has(claim));
}

function brokenClaimsOf({ namespace, claims }: Pod, broken: Broken["claims"]): readonly string[] {
  return claims.flatMap((claim) => {
    const why = broken.get(`${namespace}/${claim}`);
    return why === undefined ? [] : [`its volume ${namespace}/${claim} ${why}`];
  });
}

function itemOf(
  { name, owner, pods, first }: Workload,
  kind: BlastItem["kind"],
  severity: BlastItem["severity"],
  text: string,
): BlastItem {
  return {
    ...{ kind, severity, name, text },
    detail: details({
      kind: owner?.kind ?? "Pod",
      pods: pods
        .map((pod) => pod.name)
        .sort()
        .join(", "),
      claims: first.claims.join(", "),
      folders: first.hostFolders.join(", "),
    }),
  };
}
