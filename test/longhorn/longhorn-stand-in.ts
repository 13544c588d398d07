/**
 * A stand-in for longhorn-manager at a real API server: it makes a node of Longhorn for each Kubernetes Node and deletes it with it, brings status in
 * line with spec after a while, writes the status again and again, places replicas, and saves what people do in its user interface as that does.
 */
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Answer, ClusterApi, KubernetesObject } from "../kubernetes/cluster-api.ts";
import { newLonghornNode, specByNode } from "./default-disks.ts";
import { createHostFolders, type HostFolders } from "./host-folders.ts";
import { keepFollowing, type OnObject } from "./keep-following.ts";
import { type LonghornVersion, longhornPath } from "./longhorn-crds.ts";
import type { Disks, HealthData, LonghornNode, NodeSpec, Replica, Volume } from "./longhorn-objects.ts";
import { finalizer, finalizersOf } from "./node-rules.ts";
import { mergePatchOf, statusOf } from "./node-status.ts";
import { nextStep } from "./replica-schedule.ts";

/** How it behaves. */
export interface StandInOptions {
  /** How long spec and status of the disks differ before they are brought in line. Default 100 ms; Longhorn's is up to 30 s. */
  readonly syncAfterMs?: number;
  /** How often each node's status is written without need. Default 2 s; Longhorn's is some 30 s. */
  readonly bumpEveryMs?: number;
  /** Nodes on which a manager runs. Default: all. */
  readonly runsOn?: (node: string) => boolean;
}

/** It works until it is disposed. */
export interface LonghornStandIn extends AsyncDisposable {
  /** What is mounted on the machines. */
  readonly folders: HostFolders;
  /** From now on. */
  setSyncAfter(durationMs: number): void;
  /** What Longhorn's own reading of SMART says of a disk; told by 1.11 and newer alone. */
  setHealth(node: string, disk: string, devices: Readonly<Record<string, HealthData>>): void;
  /** "Edit node and disks", saved: the disks of the browser's copy replace all that are there now. What the webhook refuses is answered so. */
  userInterfaceSave(node: string, copyOfDisks: Disks): Promise<Answer>;
  /** The node's part of the same page. */
  userInterfaceSaveNode(node: string, copy: Pick<NodeSpec, "allowScheduling" | "evictionRequested" | "tags">): Promise<Answer>;
  /** What it failed to do, but for what it tries again by itself; empty while all is well. */
  readonly problems: readonly string[];
}

/** Begins with what is there. */
export async function startLonghornStandIn(
  admin: ClusterApi,
  version: LonghornVersion,
  { syncAfterMs = 100, bumpEveryMs = 2_000, runsOn = () => true }: StandInOptions = {},
): Promise<LonghornStandIn> {
  const minor = Number(version.split(".")[1]);
  const kubernetesNodes = new Map<string, KubernetesObject>();
  const nodes = new Map<string, LonghornNode>();
  const volumes = new Map<string, Volume>();
  const replicas = new Map<string, Replica>();
  const settings = new Map<string, string>();
  const health = new Map<string, Readonly<Record<string, HealthData>>>();
  const differsSinceMs = new Map<string, number>();
  const dirty = new Set<string>();
  const problems: string[] = [];
  const folders = createHostFolders((node) => dirty.add(node));
  const allDirty = (): void => {
    for (const name of new Set([...kubernetesNodes.keys(), ...nodes.keys()])) dirty.add(name);
  };
  const retry = (name: string): void => void sleep(retryMs).then(() => dirty.add(name));
  let currentSyncAfterMs = syncAfterMs;
  let isPlacing = true;

  async function syncNode(name: string): Promise<void> {
    const kubernetes = kubernetesNodes.get(name);
    const node = nodes.get(name);
    if (node === undefined) {
      if (kubernetes === undefined || !runsOn(name)) return;
      const answer = await admin.ask("POST", longhornPath("nodes"), newLonghornNode(name, sceneOf(name)));
      if (answer.status !== 201 && answer.status !== 409) retry(name);
    } else if (node.metadata["deletionTimestamp"] !== undefined) {
      const rest = finalizersOf(node).filter((each) => each !== finalizer);
      await patchNode(name, { metadata: { finalizers: rest, uid: node.metadata.uid } });
    } else {
      await writeStatus(name, node, kubernetes);
      if (kubernetes === undefined) {
        // Since 1.10 the webhook refuses this until nothing is to be placed there any more: it is tried again and again.
        if ((await admin.ask("DELETE", longhornPath("nodes", name))).status >= 300) retry(name);
        return;
      }
      const spec = specByNode(node, kubernetes, sceneOf(name));
      if (spec !== undefined) await admin.ask("PUT", longhornPath("nodes", name), { ...node, spec }); // a conflict comes back as a change
    }
  }

  async function writeStatus(name: string, node: LonghornNode, kubernetes: KubernetesObject | undefined): Promise<void> {
    const wanted = Object.keys(node.spec?.disks ?? {}).sort();
    const found = Object.keys(node.status?.diskStatus ?? {}).sort();
    if (wanted.join("\n") === found.join("\n")) differsSinceMs.delete(name);
    else if (!differsSinceMs.has(name)) differsSinceMs.set(name, performance.now());
    const isDiskSyncDue = performance.now() - (differsSinceMs.get(name) ?? 0) >= currentSyncAfterMs;
    if (!isDiskSyncDue) dirty.add(name);
    const status = statusOf(node, {
      ...{ kubernetes, settings, isDiskSyncDue, replicas: [...replicas.values()] },
      folderAt: (path) => folders.at(name, path),
      adopt: (path) => folders.adopt(name, path),
      healthOf: (disk) => (minor >= 11 ? health.get(`${name}/${disk}`) : undefined),
    });
    const { conditions = [], diskStatus = {}, zone = "" } = Object(node.status) as ReturnType<typeof statusOf>; // as it was written here
    const change = mergePatchOf({ conditions, diskStatus, zone }, status);
    if (change !== undefined) await patchNode(name, { status: change }, "/status");
  }

  async function placeReplicas(): Promise<void> {
    isPlacing = false;
    for (const volume of volumes.values()) {
      const step = nextStep(volume, { nodes: [...nodes.values()], replicas: [...replicas.values()], settings });
      if (step?.kind === "delete") {
        replicas.delete(step.replica);
        await admin.delete(longhornPath("replicas", step.replica));
      } else if (step?.kind === "create") {
        const made = await admin.create(longhornPath("replicas"), replicaObject(volume, step.at));
        const running = { status: { currentState: "running", started: true } };
        await admin.ask("PATCH", `${longhornPath("replicas", made.metadata.name)}/status`, running, mergePatch);
        replicas.set(made.metadata.name, made as KubernetesObject & Replica); // as it was sent
      }
      if (step !== undefined) {
        isPlacing = true;
        allDirty();
      }
      await writeVolume(volume);
    }
  }

  async function writeVolume({ metadata, spec, status }: Volume): Promise<void> {
    const own = [...replicas.values()].filter((replica) => replica.spec.volumeName === metadata.name);
    const running = own.filter(({ spec: { nodeID } }) =>
      nodes.get(nodeID)?.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True"),
    );
    const isAttached = (spec.nodeID ?? "") !== "";
    const robustness = running.length === 0 ? "faulted" : running.length < spec.numberOfReplicas ? "degraded" : "healthy";
    const wanted = {
      ...{ state: isAttached ? "attached" : "detached", robustness: isAttached ? robustness : "unknown" },
      currentNodeID: spec.nodeID ?? "",
    };
    if (status?.state === wanted.state && status.robustness === wanted.robustness) return;
    await admin.ask("PATCH", `${longhornPath("volumes", metadata.name)}/status`, { status: wanted }, mergePatch);
  }

  async function patchNode(name: string, patch: object, part = ""): Promise<void> {
    const answer = await admin.ask("PATCH", `${longhornPath("nodes", name)}${part}`, patch, mergePatch);
    if (answer.status >= 300 && answer.status !== 404) retry(name);
  }

  const sceneOf = (name: string): Parameters<typeof specByNode>[2] => ({
    ...{ settings, minor },
    folderAt: (path) => folders.at(name, path),
  });

  async function save(name: string, change: (spec: NodeSpec) => NodeSpec): Promise<Answer> {
    for (let attempt = 1; ; attempt++) {
      const node: LonghornNode = await admin.get(longhornPath("nodes", name));
      const answer = await admin.ask("PUT", longhornPath("nodes", name), { ...node, spec: change(node.spec ?? {}) });
      // 500: on a busy machine the API server did not hear from the webhook in time; a person would press the button again.
      if ((answer.status !== 409 && answer.status !== 500) || attempt === saveAttempts) return answer;
    }
  }

  await using followers = new AsyncDisposableStack();
  const follow = async (path: string, on: OnObject): Promise<void> => {
    followers.use(await keepFollowing(admin, path, on));
  };
  const keep =
    <Kind>(map: Map<string, Kind>) =>
    (kind: "put" | "gone", object: KubernetesObject): void => {
      if (kind === "gone") map.delete(object.metadata.name);
      else map.set(object.metadata.name, object as KubernetesObject & Kind); // of the kind that is followed
      isPlacing = true;
    };
  const markNode = (object: KubernetesObject): void => void dirty.add(object.metadata.name);
  const keepKubernetesNode = keep(kubernetesNodes);
  const keepNode = keep(nodes);
  await follow(longhornPath("settings"), (kind, { metadata, ...rest }) => {
    if (kind === "gone") settings.delete(metadata.name);
    else settings.set(metadata.name, String(rest["value"]));
    allDirty();
    isPlacing = true;
  });
  await follow("/api/v1/nodes", (kind, object) => {
    keepKubernetesNode(kind, object);
    markNode(object);
  });
  await follow(longhornPath("nodes"), (kind, object) => {
    keepNode(kind, object);
    markNode(object);
  });
  await follow(longhornPath("volumes"), keep(volumes));
  await follow(longhornPath("replicas"), keep(replicas));

  const stop = new AbortController();
  const note = (thrown: unknown): void => {
    // While the API server is away, everything is tried again.
    if (problems.length < 10 && !/ECONN|socket hang up|not answered/.test(String(thrown))) problems.push(String(thrown));
  };
  async function work(): Promise<void> {
    while (!stop.signal.aborted) {
      const batch = [...dirty].slice(0, atATime);
      for (const name of batch) dirty.delete(name);
      await Promise.all(
        batch.map((name) =>
          syncNode(name).catch((thrown) => {
            retry(name);
            note(thrown);
          }),
        ),
      );
      if (isPlacing) await placeReplicas().catch(note);
      await sleep(dirty.size > atATime ? 0 : paceMs);
    }
  }
  async function bump(): Promise<void> {
    for (let index = 0; !stop.signal.aborted; index++) {
      await sleep(bumpEveryMs / Math.max(1, nodes.size), undefined, { signal: stop.signal }).catch(() => undefined);
      const name = [...nodes.keys()][index % Math.max(1, nodes.size)];
      const status = { snapshotCheckStatus: { lastPeriodicCheckedAt: new Date().toISOString() } };
      if (name !== undefined && !stop.signal.aborted) await patchNode(name, { status }, "/status").catch(note);
    }
  }
  const working = Promise.all([work(), bump()]);
  const lasting = followers.move();

  return {
    folders,
    problems,
    setSyncAfter(durationMs) {
      currentSyncAfterMs = durationMs;
    },
    setHealth(node, disk, devices) {
      health.set(`${node}/${disk}`, devices);
      dirty.add(node);
    },
    userInterfaceSave: (node, disks) => save(node, (spec) => ({ ...spec, disks })),
    userInterfaceSaveNode: (node, copy) => save(node, (spec) => ({ ...spec, ...copy })),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await working;
      await lasting.disposeAsync();
    },
  };
}

const mergePatch = "application/merge-patch+json";
const atATime = 16;
const paceMs = 20;
const retryMs = 300;
const saveAttempts = 5;

function replicaObject(
  { metadata, spec }: Volume,
  at: { readonly node: string; readonly diskUuid: string; readonly path: string },
): object {
  const name = `${metadata.name}-r-${randomBytes(4).toString("hex")}`;
  return {
    ...{ apiVersion: "longhorn.io/v1beta2", kind: "Replica" },
    metadata: { name, labels: { longhornvolume: metadata.name, longhornnode: at.node, longhorndiskuuid: at.diskUuid } },
    spec: {
      ...{ volumeName: metadata.name, volumeSize: spec.size, nodeID: at.node, diskID: at.diskUuid, diskPath: at.path },
      ...{ active: true, dataEngine: "v1", desireState: "running", evictionRequested: false, failedAt: "" },
      healthyAt: new Date().toISOString().replace(/\.\d+/, ""),
    },
  };
}
