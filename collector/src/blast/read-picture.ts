/**
 * Takes the picture: what the collector knows already, and what is read on demand from the cluster's API. Bounded: pods of one node, volumes page by
 * page of which only those on nodes are kept, one end for all of it. What cannot be read is told in words, and never taken for empty.
 */
import { AppError, type Clock, createDeadline } from "@nodekeeper/shared";
import type { KubernetesClient } from "../clients/kubernetes/kubernetes-client.ts";
import type { MatchedDisk } from "../longhorn/disk-match.ts";
import type { Placement } from "../longhorn/placement.ts";
import type { ClusterView } from "../state/cluster/cluster-holder.ts";
import { isSameMachine } from "../state/cluster/is-same-machine.ts";
import type { StateHolder } from "../state/holder.ts";
import type { LonghornNode } from "../state/longhorn/longhorn-node.ts";
import { viewNode } from "../state/node-view.ts";
import { type LocalVolume, localVolumeOf, sharedClaimOf } from "./objects/local-volume.ts";
import { type Pod, podOf } from "./objects/pod.ts";
import type { Picture, Read, SeenLonghorn } from "./picture.ts";

/** From where it is taken. */
export interface PictureSources {
  readonly client: Pick<KubernetesClient, "listObjects">;
  readonly cluster: ClusterView;
  readonly longhorn: SeenLonghorn;
  readonly state: Pick<StateHolder, "node" | "nodes">;
  /** What stands behind the disks of one of Longhorn's nodes, at a moment. */
  readonly matchDisks: (node: LonghornNode, nowMs: number) => readonly MatchedDisk[];
  readonly placementOf: (longhorn: SeenLonghorn) => Placement | undefined;
  /** Of the policy that is in force: domain of labels, and Deployments of the way to the backups as NAMESPACE/NAME. */
  readonly backups: () => { readonly domain: string; readonly deployments: readonly string[] };
  readonly clock: Clock;
}

/** All that is read is read by then. A list of 5,000 volumes takes a second. */
const limitMs = 20_000;
const podsKind = { path: "/api/v1/pods", kind: "Pod" };
const volumesKind = { path: "/api/v1/persistentvolumes", kind: "PersistentVolume" };

/** The picture of a node. */
export async function readPicture(sources: PictureSources, node: string, signal: AbortSignal): Promise<Picture> {
  using deadline = createDeadline(sources.clock, limitMs, signal, new AppError("PEER_UNREACHABLE", "it took too long"));
  const { deployments } = sources.backups();
  const [pods, volumes, ...pathPods] = await Promise.all([
    readPods(sources, { fields: `spec.nodeName=${node}` }, deadline.signal),
    readVolumes(sources, deadline.signal),
    ...deployments.map((name) => readPodsOf(sources, name, deadline.signal)),
  ]);
  signal.throwIfAborted();
  const unread: Read<readonly Pod[]> = { kind: "failed", reason: "it was not read" };
  const ways = new Map(deployments.map((name, index) => [name, pathPods[index] ?? unread]));
  const localVolumes: Picture["localVolumes"] =
    volumes.kind === "failed" ? volumes : { kind: "read", value: volumes.value.local };
  const sharedClaims = volumes.kind === "failed" ? new Set<string>() : volumes.value.shared;
  return {
    ...knownPicture(sources, node),
    pods,
    localVolumes,
    sharedClaims,
    backupWay: { ...wayOf(sources), deployments: ways },
  };
}

/** The part of it that nothing must be asked for. */
export function knownPicture(
  sources: PictureSources,
  node: string,
): Omit<Picture, "pods" | "localVolumes" | "sharedClaims" | "backupWay"> {
  const { cluster, longhorn, state, clock } = sources;
  const nowMs = clock.wallMs();
  const clusterNode = cluster.node(node);
  const agent = state.node(node);
  const isItself = agent !== undefined && (clusterNode === undefined || isSameMachine(agent, clusterNode));
  const longhornNode = longhorn.node(node);
  return {
    ...{ nowMs, node, clusterNode, longhorn },
    nodes: nodesOf(cluster),
    stale: [...staleness("the cluster's Nodes", cluster.knowledge), ...staleness("Longhorn", longhorn.knowledge)],
    clusterNodeOf: (name) => cluster.node(name),
    machine: isItself ? viewNode(agent, nowMs) : undefined,
    machines: state.nodes(),
    matchedDisks: longhornNode === undefined ? [] : sources.matchDisks(longhornNode, nowMs),
    placement: sources.placementOf(longhorn),
  };
}

function nodesOf(cluster: ClusterView): Picture["nodes"] {
  const { knowledge } = cluster;
  return knowledge.kind === "known"
    ? { kind: "read", value: cluster.nodes() }
    : { kind: "failed", reason: knowledge.problem ?? "they were not listed yet" };
}

function staleness(what: string, knowledge: ClusterView["knowledge"] | SeenLonghorn["knowledge"]): readonly string[] {
  if (knowledge.kind !== "known" || knowledge.problem === undefined) return [];
  return [`${what} since ${new Date(knowledge.heardAtMs).toISOString()}: ${knowledge.problem}`];
}

function wayOf({ backups }: PictureSources): { readonly label: string } {
  return { label: `${backups().domain}/backup-gateway` };
}

async function readPods(
  { client }: PictureSources,
  selector: { readonly fields?: string },
  signal: AbortSignal,
): Promise<Read<readonly Pod[]>> {
  return attempt(async () => (await client.listObjects(podsKind, podOf, signal, selector)).items, signal);
}

async function readPodsOf({ client }: PictureSources, deployment: string, signal: AbortSignal): Promise<Read<readonly Pod[]>> {
  const [namespace = "", name = ""] = deployment.split("/");
  const kind = { path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`, kind: "Pod" };
  return attempt(async () => {
    const { items } = await client.listObjects(kind, podOf, signal);
    return items.filter(({ owner }) => owner?.kind === "Deployment" && owner.name === name);
  }, signal);
}

/** Of each volume only what is needed is kept while the pages are read. */
async function readVolumes({ client }: PictureSources, signal: AbortSignal): Promise<Read<Volumes>> {
  return attempt(async () => {
    const { items } = await client.listObjects(
      volumesKind,
      (object) => ({ local: localVolumeOf(object), shared: sharedClaimOf(object) }),
      signal,
    );
    return {
      local: items.flatMap(({ local }) => local ?? []),
      shared: new Set(items.flatMap(({ shared }) => shared ?? [])),
    };
  }, signal);
}

interface Volumes {
  readonly local: readonly LocalVolume[];
  readonly shared: ReadonlySet<string>;
}

async function attempt<Value>(read: () => Promise<Value>, signal: AbortSignal): Promise<Read<Value>> {
  try {
    return { kind: "read", value: await read() };
  } catch (thrown) {
    // Our own end aborts the request, which then says no more than that.
    const why: unknown = signal.aborted ? signal.reason : thrown;
    return { kind: "failed", reason: AppError.from(why, "PEER_UNREACHABLE").message };
  }
}
