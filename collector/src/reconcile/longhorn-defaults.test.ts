import { describe, expect, it } from "vitest";
import type { JsonPatchOperation } from "../clients/kubernetes/object-kind.ts";
import { builtInPolicy } from "../policy/built-in.ts";
import type { Policy } from "../policy/policy.ts";
import { readPolicy } from "../policy/read-policy.ts";
import type { ClusterNode } from "../state/cluster/cluster-node.ts";
import { noLonghorn } from "../state/longhorn/no-longhorn.ts";
import { type DefaultedNode, diskLabel, disksAnnotation, tagsAnnotation } from "./defaults/see-defaults.ts";
import { createLonghornDefaults } from "./longhorn-defaults.ts";
import type { Decision, Operation } from "./reconciler.ts";
import { aFilesystem, aLonghornNode, longhornWith, machineWith } from "./test-support/longhorn-machine.ts";
import { aClusterNode, aPolicy, domain, type WorldInit, worldOf } from "./test-support/world-of.ts";
import type { World } from "./world.ts";

const unused = (): Promise<never> => Promise.reject(new Error("nothing is asked"));
const reconciler = createLonghornDefaults({ client: { readNode: unused, patchNode: unused }, policy: { current: aPolicy() } });
const hadDisks = `${domain}/longhorn-had-disks`;
const disksText = '[{"path":"/mnt/data","allowScheduling":true,"storageReserved":300,"tags":["fast","nvme"]}]';
const waits = { "create-default-disk-labeled-nodes": "true" };
const storage = { ...builtInPolicy.storage, defaultDisks: ["/mnt/data"] };
const machine = machineWith({ filesystems: [aFilesystem("/"), aFilesystem("/mnt/data")] });

interface NodeInit {
  readonly label?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  /** What our ledger says that we wrote, by the names without their domains. */
  readonly wrote?: Readonly<Record<string, string>>;
}

function nodeWith({ label, annotations = {}, wrote }: NodeInit = {}): ClusterNode {
  const entries = Object.entries(wrote ?? {}).map(([name, text]) => [name, { wrote: text }]);
  const ledger = { [`${domain}/owned`]: JSON.stringify({ nodekeeper: 1, "longhorn-defaults": Object.fromEntries(entries) }) };
  const labels = { "kubernetes.io/hostname": "neko", ...(label === undefined ? {} : { [diskLabel]: label }) };
  return aClusterNode({ metadata: { labels, annotations: { ...annotations, ...(wrote === undefined ? {} : ledger) } } });
}

/** All three, as we wrote them. */
const told: NodeInit = {
  label: "config",
  annotations: { [disksAnnotation]: disksText, [tagsAnnotation]: '["core"]' },
  wrote: { "create-default-disk": "config", "default-disks-config": disksText, "default-node-tags": '["core"]' },
};

function worldWith(live: ClusterNode, init: WorldInit = {}): World {
  const known = { node: machine, longhorn: longhornWith({ settings: waits }), policy: { storage }, startedAfterMs: -1_000 };
  return worldOf({ ...known, live, ...init });
}

function seen(live: ClusterNode): DefaultedNode {
  const found = reconciler.seen(worldOf({ live }), "neko");
  if (found === undefined) throw new Error("it is there");
  return found;
}

function decide(live: ClusterNode, init?: WorldInit): Decision {
  return reconciler.decide(worldWith(live, init), "neko");
}

function plan(live: ClusterNode, init?: WorldInit): readonly Operation[] {
  return reconciler.plan(decide(live, init), seen(live));
}

/** "set create-default-disk" of each step. */
function steps(operations: readonly Operation[]): readonly string[] {
  return operations.map(({ kind, item }) => `${kind} ${item.split("/")[1]}`);
}

function withExtra(policy: string): Partial<Policy> {
  const read = readPolicy(`version: 1\n${policy}`, { source: "policy.yaml", builtIn: builtInPolicy });
  if (read.kind === "bad") throw new Error(read.problems.join("\n"));
  return { storage: { ...storage, nodeTags: read.policy.storage.nodeTags }, onboarding: read.policy.onboarding };
}

describe("longhorn-defaults", () => {
  it("tells Longhorn the disks and tags of a node before it has any there, and only describes", () => {
    const operations = plan(nodeWith(), { policy: withExtra("storage: { nodeTags: { b: 'true', a: 'true', c: 'false' } }") });

    expect(operations).toMatchObject([
      { item: diskLabel, kind: "set", class: "describe", before: undefined, after: "config" },
      { item: disksAnnotation, kind: "set", class: "describe", after: disksText },
      { item: tagsAnnotation, kind: "set", class: "describe", after: '["a","b"]' },
    ]);
  });

  it("does so whether or not Longhorn has made its node yet", () => {
    const made = longhornWith({ settings: waits, nodes: [aLonghornNode()] });

    expect(steps(plan(nodeWith(), { longhorn: made }))).toEqual(["set create-default-disk", "set default-disks-config"]);
  });

  it("says nothing where nobody asks for it, or Longhorn does not wait to be told", () => {
    const labelled = { settings: { "create-default-disk-labeled-nodes": "false" } };

    expect(plan(nodeWith(), { policy: {} })).toEqual([]);
    expect(plan(nodeWith(), { longhorn: longhornWith(labelled) })).toEqual([]);
    expect(plan(nodeWith(), { longhorn: { ...noLonghorn, knowledge: { kind: "absent", heardAtMs: 1 } } })).toEqual([]);
    expect(plan(nodeWith(), { policy: withExtra("onboarding: { longhorn: name != 'neko' }") })).toEqual([]);
  });

  it("holds while Longhorn, the machine, or one of the folders is not known", () => {
    const half = machineWith({ filesystems: [aFilesystem("/"), { id: "/mnt/data" }] });

    expect(decide(nodeWith(told), { longhorn: noLonghorn })).toMatchObject({
      kind: "hold",
      reason: expect.stringContaining("Longhorn"),
    });
    expect(decide(nodeWith(told), { node: undefined })).toMatchObject({
      kind: "hold",
      reason: "no agent was heard of from this node",
    });
    expect(decide(nodeWith(told), { afterMs: 3_600_000 })).toMatchObject({ kind: "hold" });
    expect(decide(nodeWith(told), { node: half })).toMatchObject({ kind: "hold", reason: expect.stringContaining("/mnt/data") });
    expect(decide(nodeWith(told), { policy: withExtra("onboarding: { longhorn: size(gpus) == 0 }") })).toMatchObject({
      kind: "hold",
    });
  });

  it("does nothing when it is said so already, and follows the policy while it waits", () => {
    const { annotations, wrote } = told;
    const more = { ...annotations, [disksAnnotation]: "[]" };
    const before = nodeWith({ label: "config", annotations: more, wrote: { ...wrote, "default-disks-config": "[]" } });

    expect(plan(nodeWith(told), { policy: withExtra("storage: { nodeTags: { core: 'true' } }") })).toEqual([]);
    expect(plan(before, { policy: withExtra("storage: { nodeTags: { core: 'true' } }") })).toMatchObject([
      { item: disksAnnotation, kind: "change", class: "describe", before: "[]", after: disksText },
    ]);
  });

  it("leaves out what cannot be a disk, and says nothing where nothing is left", () => {
    const policy = { storage: { ...storage, defaultDisks: ["/srv", "/mnt/data"] } };
    const [operation] = plan(nodeWith(), { policy });

    expect(operation?.why.text).toBe("Longhorn waits for the disks of this node; left out: /srv is no mount point");
    expect(plan(nodeWith(), { policy: { storage: { ...storage, defaultDisks: ["/srv"] } } })).toEqual([]);
  });

  it("gives a node no tags where a tagged one takes no volume without a selector", () => {
    const longhorn = longhornWith({ settings: { ...waits, "allow-empty-node-selector-volume": "false" } });
    const policy = withExtra("storage: { nodeTags: { core: 'true' } }");

    expect(steps(plan(nodeWith(), { longhorn, policy }))).toEqual(["set create-default-disk", "set default-disks-config"]);
  });
});

describe("longhorn-defaults, where Longhorn has disks", () => {
  const longhorn = longhornWith({ settings: waits, nodes: [aLonghornNode("default-disk-1")] });

  it("takes back at once what has served, and remembers that there were disks", () => {
    expect(plan(nodeWith(told), { longhorn })).toMatchObject([
      { item: diskLabel, kind: "remove", class: "describe", before: "config", after: undefined, why: { isDeclared: true } },
      { item: disksAnnotation, kind: "remove" },
      { item: tagsAnnotation, kind: "remove" },
      { item: hadDisks, kind: "set", class: "describe", after: "lhn-1" },
    ]);
  });

  it("remembers it of nodes, too, whose disks are older than us", () => {
    expect(steps(plan(nodeWith(), { longhorn }))).toEqual(["set longhorn-had-disks"]);
  });

  it("gives none again to a node of which somebody took them all away, until that annotation is taken away, too", () => {
    const emptied = { longhorn: longhornWith({ settings: waits, nodes: [aLonghornNode()] }) };
    const remembered = nodeWith({ annotations: { [hadDisks]: "lhn-1" }, wrote: { "longhorn-had-disks": "lhn-1" } });

    expect(plan(remembered, emptied)).toEqual([]);
    expect(plan(nodeWith({ annotations: { [hadDisks]: "by hand" } }), emptied)).toEqual([]);
    expect(steps(plan(nodeWith({ wrote: { "longhorn-had-disks": "lhn-1" } }), emptied))).toContain("set create-default-disk");
  });

  it("gives them to a new node of Longhorn under the name, and before there is one", () => {
    const remembered = nodeWith({ annotations: { [hadDisks]: "lhn-0" }, wrote: { "longhorn-had-disks": "lhn-0" } });
    const again = ["remove longhorn-had-disks", "set create-default-disk", "set default-disks-config"];

    expect(steps(plan(remembered, { longhorn: longhornWith({ settings: waits, nodes: [aLonghornNode()] }) }))).toEqual(again);
    expect(steps(plan(remembered))).toEqual(again);
    expect(plan(remembered, { longhorn })).toMatchObject([{ item: hadDisks, kind: "change", before: "lhn-0", after: "lhn-1" }]);
  });

  it("holds while Longhorn takes its node away", () => {
    const leaving = longhornWith({ settings: waits, nodes: [{ ...aLonghornNode("a"), isDeleting: true }] });

    expect(decide(nodeWith(told), { longhorn: leaving })).toMatchObject({ kind: "hold" });
  });
});

describe("longhorn-defaults, where somebody else wrote", () => {
  it.each<readonly [what: string, node: NodeInit, says: string]>([
    ["a label that means another disk", { label: "true" }, `somebody else wrote ${diskLabel} on the Node, which stays as it is`],
    [
      "disks",
      { annotations: { [disksAnnotation]: "[]" } },
      `somebody else wrote ${disksAnnotation} on the Node, which stays as it is`,
    ],
    [
      "over our disks",
      { ...told, annotations: { [disksAnnotation]: "[]" } },
      `somebody else wrote ${disksAnnotation} on the Node, which stays as it is`,
    ],
    [
      "nothing in the place of our label",
      { ...told, label: undefined as never },
      `somebody took ${diskLabel} away by hand, and it stays away`,
    ],
  ])("%s, it says neither label nor disks", (_, node, says) => {
    const live = nodeWith(node);
    const decision = decide(live, { policy: withExtra("storage: { nodeTags: { core: 'true' } }") });

    expect(decision.kind === "items" && decision.items.get(diskLabel)).toMatchObject({ kind: "hold", reason: says });
    expect(decision.kind === "items" && decision.items.get(disksAnnotation)).toMatchObject({ kind: "hold", reason: says });
    expect(steps(reconciler.plan(decision, seen(live)))).not.toContain("set default-disks-config");
  });

  it("a label that waits for our disks, as a kubelet can: it adds the disks, and does not make the label its own", () => {
    expect(steps(plan(nodeWith({ label: "Config" })))).toEqual(["set default-disks-config"]);
  });

  it("tags, it says only the disks", () => {
    const policy = withExtra("storage: { nodeTags: { core: 'true' } }");

    expect(steps(plan(nodeWith({ annotations: { [tagsAnnotation]: '["mine"]' } }), { policy }))).toEqual([
      "set create-default-disk",
      "set default-disks-config",
    ]);
  });

  it("gives up its claim on what they changed, and takes the rest back", () => {
    const changed = nodeWith({ ...told, label: "true" });

    expect(plan(changed, { policy: {} })).toMatchObject([
      { item: diskLabel, kind: "restore", before: "true", after: "true" },
      { item: disksAnnotation, kind: "remove" },
      { item: tagsAnnotation, kind: "remove" },
    ]);
  });
});

describe("longhorn-defaults, when it writes", () => {
  async function patched(live: ClusterNode, operations: readonly Operation[]): Promise<readonly JsonPatchOperation[]> {
    const sent: JsonPatchOperation[] = [];
    const patchNode = async (_name: string, patch: readonly JsonPatchOperation[]): Promise<object> => {
      sent.push(...patch);
      return {};
    };
    const client = { readNode: unused, patchNode: patchNode as never }; // what it answers is not read
    const writing = createLonghornDefaults({ client, policy: { current: aPolicy() } });
    await writing.apply("neko", operations, seen(live), new AbortController().signal);
    return sent;
  }

  it("writes all of it at once, with the ledger, on the version that was seen", async () => {
    const sent = await patched(nodeWith(), plan(nodeWith()));

    expect(sent.map(({ op, path }) => `${op} ${path}`)).toEqual([
      "test /metadata/uid",
      "test /metadata/resourceVersion",
      "add /metadata/annotations",
      "add /metadata/annotations/nodekeeper.example~1owned",
      "add /metadata/labels/node.longhorn.io~1create-default-disk",
      "add /metadata/annotations/node.longhorn.io~1default-disks-config",
    ]);
  });

  it("makes room on a Node without any label", async () => {
    const bare = aClusterNode({});

    expect((await patched(bare, plan(bare))).map(({ path }) => path)).toContain("/metadata/labels");
  });

  it("takes back at a prune what is its own, also what stands in the ledger of another domain, and nothing that a ledger only claims", async () => {
    const old = {
      "old.example/owned": '{"nodekeeper":1,"longhorn-defaults":{"default-node-tags":{"wrote":"[]"},"hostname":{"wrote":"x"}}}',
    };
    const live = nodeWith({
      ...told,
      annotations: { [disksAnnotation]: disksText, [tagsAnnotation]: "[]", ...old },
      wrote: { "create-default-disk": "config", "default-disks-config": disksText },
    });
    const operations = reconciler.planPrune(seen(live));

    expect(steps(operations)).toEqual(["remove create-default-disk", "remove default-disks-config", "remove default-node-tags"]);
    expect((await patched(live, operations)).filter(({ op }) => op === "remove").map(({ path }) => path)).toEqual([
      "/metadata/annotations/nodekeeper.example~1owned",
      "/metadata/labels/node.longhorn.io~1create-default-disk",
      "/metadata/annotations/node.longhorn.io~1default-disks-config",
      "/metadata/annotations/node.longhorn.io~1default-node-tags",
    ]);
  });
});

describe("longhorn-defaults looks", () => {
  it("at nothing that Longhorn says where no disks are named", () => {
    const [idle, busy] = [worldOf(), worldOf({ policy: { storage } })];

    expect(reconciler.affects({ kind: "longhorn" }, idle)).toEqual([]);
    expect(reconciler.affects({ kind: "longhorn-node", name: "neko" }, idle)).toEqual([]);
    expect(reconciler.affects({ kind: "longhorn" }, busy)).toBe("all");
    expect(reconciler.affects({ kind: "longhorn-node", name: "neko" }, busy)).toEqual(["neko"]);
    expect(reconciler.affects({ kind: "node", name: "neko" }, busy)).toEqual(["neko"]);
  });
});
