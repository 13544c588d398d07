/** Asks the real blast radius about a cluster that a test wrote down; only what lists pods and volumes is a stand-in for the API server. */
import { AppError, type Fields, systemClock } from "@nodekeeper/shared";
import type { Blast } from "@nodekeeper/shared/api";
import type { KubernetesClient } from "../../clients/kubernetes/kubernetes-client.ts";
import type { ObjectKind, ObjectSelector } from "../../clients/kubernetes/object-kind.ts";
import { matchDisks } from "../../longhorn/match-disks.ts";
import { placementOf } from "../../longhorn/placement-of.ts";
import { aLonghorn } from "../../longhorn/test-support/made-longhorn.ts";
import { createClusterHolder } from "../../state/cluster/create-cluster-holder.ts";
import { createStateHolder } from "../../state/holder.ts";
import { noLonghorn } from "../../state/longhorn/no-longhorn.ts";
import { startMs } from "../../test-support/states.ts";
import type { BlastRadius } from "../blast-radius.ts";
import { createBlastRadius } from "../create-blast-radius.ts";
import type { SeenLonghorn } from "../picture.ts";
import type { ClusterInit, CopiedVolume, LonghornParts, PodInit } from "./cluster-init.ts";
import { podObject, volumeObject } from "./objects.ts";

/** Asks about this cluster. */
export function blastRadiusOf(init: ClusterInit): BlastRadius {
  const cluster = createClusterHolder();
  if (init.nodes === undefined) cluster.setProblem("the API server does not answer");
  else cluster.replaceAll(init.nodes, startMs);
  if (init.silentSince !== undefined) cluster.setProblem(init.silentSince);
  const state = createStateHolder(init.agents ?? []);
  const moment = { nowMs: startMs, startedAtMs: 0 };
  return createBlastRadius({
    ...{ cluster, state, client: listing(init), longhorn: longhornOf(init.longhorn), placementOf },
    matchDisks: (node) => matchDisks(node, { node: state.node(node.name), clusterNode: cluster.node(node.name), ...moment }),
    backups: () => ({ domain: "nodekeeper.example", deployments: init.backupDeployments ?? [] }),
    clock: { ...systemClock, wallMs: () => startMs },
    longhornNamespace: "longhorn-system",
    hasCredential: () => false,
  });
}

/** Items of one severity as "kind name", in their order. */
export function said({ items }: Blast, severity: string): readonly string[] {
  return items.filter((item) => item.severity === severity).map(({ kind, name }) => `${kind} ${name}`);
}

function longhornOf(longhorn: ClusterInit["longhorn"]): SeenLonghorn {
  if (longhorn === undefined) return { ...noLonghorn, knowledge: { kind: "absent", heardAtMs: startMs } };
  if (typeof longhorn === "string") return { ...noLonghorn, knowledge: { kind: "unknown", problem: longhorn } };
  return madeLonghorn(longhorn);
}

function madeLonghorn({ nodes, volumes, settings = {} }: LonghornParts): SeenLonghorn {
  const made = aLonghorn({ nodes, settings, volumes: volumes.map(withClaim) });
  const states = new Map(volumes.map((volume) => [volume.name, volume]));
  const replicas = made.replicas().map((replica) => {
    const { failedOn = [], builtOn = [] } = states.get(replica.volume) ?? {};
    if (failedOn.includes(replica.diskUuid)) return { ...replica, isHealthy: false, isFailed: true, isRunning: false };
    if (builtOn.includes(replica.diskUuid)) return { ...replica, isHealthy: false };
    return { ...replica, isRunning: states.get(replica.volume)?.state !== "detached" };
  });
  return {
    ...made,
    replicas: () => replicas,
    replicasOnDisk: (uuid) => replicas.filter(({ diskUuid }) => diskUuid === uuid),
    replicasOfVolume: (name) => replicas.filter(({ volume }) => volume === name),
  };
}

function withClaim({ of, usedBy = [], on = [], failedOn = [], builtOn = [], ...volume }: CopiedVolume): CopiedVolume {
  const [namespace = "", name = ""] = of?.split("/") ?? [];
  const claim = of === undefined ? undefined : { namespace, name, workloads: usedBy };
  return { ...volume, claim, on: [...on, ...failedOn, ...builtOn] };
}

/** Lists as the API server does: by the path, and by the node that the selector names. */
function listing({ pods = [], volumes = [] }: ClusterInit): Pick<KubernetesClient, "listObjects"> {
  return {
    async listObjects<Item>(kind: ObjectKind, of: (object: Fields) => Item, _signal: AbortSignal, selector?: ObjectSelector) {
      const objects =
        kind.kind === "PersistentVolume" ? readable(volumes).map(volumeObject) : podsOf(readable(pods), kind, selector);
      return { items: objects.map(of), resourceVersion: "1" };
    },
  };
}

function podsOf(pods: readonly PodInit[], { path }: ObjectKind, selector: ObjectSelector | undefined): readonly Fields[] {
  const namespace = /\/namespaces\/([^/]+)\//.exec(path)?.[1];
  const isAsked = ({ on, name }: PodInit): boolean =>
    (selector?.fields === undefined || selector.fields === `spec.nodeName=${on}`) &&
    (namespace === undefined || name.startsWith(`${namespace}/`));
  return pods.filter(isAsked).map(podObject);
}

function readable<Item>(items: readonly Item[] | string): readonly Item[] {
  if (typeof items === "string") throw new AppError("PEER_REFUSED", items);
  return items;
}
