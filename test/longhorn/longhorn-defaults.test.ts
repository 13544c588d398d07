/** What a Node says to Longhorn, and its start-up taint, on a real API server under the rights and the fence of the manifests; read as Longhorn reads it. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { builtInPolicy } from "../../collector/src/policy/built-in.ts";
import { createLonghornDefaults } from "../../collector/src/reconcile/longhorn-defaults.ts";
import type { Operation, Reconciler } from "../../collector/src/reconcile/reconciler.ts";
import { createStartupTaint } from "../../collector/src/reconcile/startup-taint.ts";
import {
  aFilesystem,
  aLonghornNode,
  longhornWith,
  machineWith,
} from "../../collector/src/reconcile/test-support/longhorn-machine.ts";
import { aPolicy, type WorldInit, worldOf } from "../../collector/src/reconcile/test-support/world-of.ts";
import { clusterNodeOf } from "../../collector/src/state/cluster/cluster-node-of.ts";
import type { KubernetesObject } from "../kubernetes/cluster-api.ts";
import { createNode } from "../kubernetes/cluster-objects.ts";
import { type House, startHouse } from "../kubernetes/house.ts";
import { kubernetesBuildLimitMs, missingForKubernetes } from "../kubernetes/kubernetes-programs.ts";
import { domain, merge } from "../kubernetes/node-attempts.ts";
import { specByNode } from "./default-disks.ts";
import type { HostFolder } from "./host-folders.ts";
import type { LonghornNode } from "./longhorn-objects.ts";

const missing = await missingForKubernetes();
const whyNot = missing === undefined ? "" : ` (skipped: ${missing})`;
const never = new AbortController().signal;
const path = "/api/v1/nodes/neko";
const taint = { key: `${domain}/onboarding`, value: "true", effect: "NoSchedule" };
const theirs = { key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" };
const sizeBytes = 1_000_000_000_000n;
const settings = { "create-default-disk-labeled-nodes": "true", "default-data-path": "/var/lib/longhorn/" };
const storage = {
  ...builtInPolicy.storage,
  nodeTags: builtInPolicy.storage.nodeTags.map((rule) => ({ ...rule, when: { ...rule.when, evaluate: isCore(rule.tag) } })),
  defaultDisks: ["/var/lib/longhorn", "/mnt/data", "/srv"],
};
const machine = machineWith({
  filesystems: [aFilesystem("/", { sizeBytes, uuid: "a" }), aFilesystem("/mnt/data", { sizeBytes, uuid: "b" })],
});

describe.skipIf(missing !== undefined)(`the beginning of a Node${whyNot}`, { timeout: 90_000 }, () => {
  let house: House;
  let defaults: Reconciler;
  let startup: Reconciler;

  beforeAll(async () => {
    house = await startHouse();
    const tools = { client: house.client, policy: { current: aPolicy({ domain }) } };
    // The controller hands back to each what it gave itself.
    [defaults, startup] = [createLonghornDefaults(tools) as Reconciler, createStartupTaint(tools) as Reconciler];
  }, kubernetesBuildLimitMs);

  afterAll(async () => {
    await house?.[Symbol.asyncDispose]();
  });

  beforeEach(async () => {
    await house.cluster.admin.delete(path);
    await createNode(house.cluster.admin, "neko");
    await byHand({ spec: { taints: [theirs, taint] } });
  });

  const node = (): Promise<KubernetesObject> => house.cluster.admin.get(path);
  const byHand = (patch: object): Promise<unknown> => house.cluster.admin.ask("PATCH", path, patch, merge);
  const taints = async (): Promise<unknown> => ((await node())["spec"] as { readonly taints?: unknown }).taints ?? []; // NodeSpec
  const ofLonghorn = async (): Promise<Readonly<Record<string, string>>> => {
    const { labels = {}, annotations = {} } = (await node()).metadata;
    const entries = Object.entries({ ...labels, ...annotations }).filter(([key]) => /longhorn/.test(key));
    return Object.fromEntries(entries);
  };

  async function settle(reconciler: Reconciler, init: WorldInit): Promise<readonly Operation[]> {
    const [live, seen] = [clusterNodeOf(await node()), await reconciler.observe("neko", never)];
    if (live === undefined || seen === undefined) throw new Error("there is no Node");
    const world = worldOf({ node: machine, startedAfterMs: -1_000, ...init, live, policy: { domain, storage, ...init.policy } });
    const operations = reconciler.plan(reconciler.decide(world, "neko"), seen);
    if (operations.length > 0) await reconciler.apply("neko", operations, seen, never);
    return operations;
  }

  async function prune(reconciler: Reconciler): Promise<void> {
    const seen = await reconciler.observe("neko", never);
    if (seen === undefined) throw new Error("there is no Node");
    const operations = reconciler.planPrune(seen);
    if (operations.length > 0) await reconciler.apply("neko", operations, seen, never);
  }

  const waiting: WorldInit = { longhorn: longhornWith({ settings }) };
  const emptied: WorldInit = { longhorn: longhornWith({ settings, nodes: [aLonghornNode()] }) };
  const used: WorldInit = { longhorn: longhornWith({ settings, nodes: [aLonghornNode("a", "b")] }) };

  it("is said to Longhorn at once, so that Longhorn takes all of it", async () => {
    await settle(defaults, waiting);

    for (const minor of [7, 12]) {
      const scene = { settings: new Map(Object.entries(settings)), minor, folderAt };
      const made = specByNode({ spec: {} } as LonghornNode, await node(), scene); // a new node of Longhorn
      expect(made?.tags).toEqual(["core"]);
      expect(Object.values(made?.disks ?? {})).toMatchObject([
        { path: "/var/lib/longhorn", allowScheduling: true, storageReserved: 300_000_000_000, tags: ["fast", "nvme"] },
        { path: "/mnt/data", allowScheduling: true, storageReserved: 300_000_000_000, tags: ["fast", "nvme"] },
      ]);
    }
    expect(await settle(defaults, waiting)).toEqual([]);
  });

  it("is taken back when it has served, and nothing is said again to a Node whose disks somebody took away", async () => {
    await settle(defaults, waiting);

    await settle(defaults, used);

    expect(await ofLonghorn()).toEqual({ [`${domain}/longhorn-had-disks`]: "lhn-1" });
    expect(await settle(defaults, used)).toEqual([]);
    expect(await settle(defaults, emptied)).toEqual([]);
    await byHand({ metadata: { annotations: { [`${domain}/longhorn-had-disks`]: null } } });
    await settle(defaults, waiting);
    expect(Object.keys(await ofLonghorn())).toHaveLength(3);
  });

  it("leaves what somebody else wrote there as it is, now and at a prune", async () => {
    await byHand({ metadata: { labels: { "node.longhorn.io/create-default-disk": "true" } } });

    await settle(defaults, waiting);
    const said = await ofLonghorn();
    await prune(defaults);

    expect(said).toEqual({ "node.longhorn.io/create-default-disk": "true", "node.longhorn.io/default-node-tags": '["core"]' });
    expect(await ofLonghorn()).toEqual({ "node.longhorn.io/create-default-disk": "true" });
  });

  it("is as it was before when it is pruned", async () => {
    const before = (await node()).metadata;
    await settle(defaults, waiting);
    await settle(startup, { isReady: true });

    await prune(defaults);
    await prune(startup);

    const { labels, annotations } = (await node()).metadata;
    expect([labels, annotations ?? {}]).toEqual([before.labels, before.annotations ?? {}]);
  });

  it("is not written on a Node that is not as it was seen", async () => {
    const seen = await defaults.observe("neko", never);
    const world = worldOf({ node: machine, startedAfterMs: -1_000, ...waiting, policy: { domain, storage } });
    await byHand({ metadata: { labels: { rack: "3" } } });

    if (seen === undefined) throw new Error("there is no Node");
    const operations = defaults.plan(defaults.decide(world, "neko"), seen);
    await expect(defaults.apply("neko", operations, seen, never)).rejects.toMatchObject({ code: "CONFLICT" });
    expect(await ofLonghorn()).toEqual({});
  });

  it("ends with its start-up taint, which goes once, and stays when somebody sets it again", async () => {
    const early = await settle(startup, { isReady: false });
    await settle(startup, { isReady: true });
    const gone = await taints();
    await byHand({ spec: { taints: [taint, theirs] } });

    expect([early, gone]).toEqual([[], [theirs]]);
    expect(await settle(startup, { isReady: true })).toEqual([]);
    expect(await taints()).toEqual([taint, theirs]);
  });
});

/** The machine's board is not heard of here. */
function isCore(tag: string): (typeof builtInPolicy.storage.nodeTags)[number]["when"]["evaluate"] {
  return () => ({ kind: "value", value: tag === "core", reads: [] });
}

function folderAt(folder: string): HostFolder | undefined {
  const fsid = { "/var/lib/longhorn": "1", "/mnt/data": "2" }[folder.replace(/\/$/, "")];
  return fsid === undefined
    ? undefined
    : { fsid, maximumBytes: Number(sizeBytes), availableBytes: Number(sizeBytes), uuid: undefined };
}
