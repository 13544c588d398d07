/** Taints of Nodes on a real API server: one list that all share, and the ledger beside it. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Decided } from "../../collector/src/policy/expression.ts";
import type { TaintRule } from "../../collector/src/policy/policy.ts";
import { createNodeTaints } from "../../collector/src/reconcile/node-taints.ts";
import type { Operation } from "../../collector/src/reconcile/reconciler.ts";
import type { TaintedNode } from "../../collector/src/reconcile/taints/see-taints.ts";
import { aPolicy, worldOf } from "../../collector/src/reconcile/test-support/world-of.ts";
import { clusterNodeOf } from "../../collector/src/state/cluster/cluster-node-of.ts";
import type { KubernetesObject } from "./cluster-api.ts";
import { createNode } from "./cluster-objects.ts";
import { type House, startHouse } from "./house.ts";
import { kubernetesBuildLimitMs, missingForKubernetes } from "./kubernetes-programs.ts";

const missing = await missingForKubernetes();
const whyNot = missing === undefined ? "" : ` (skipped: ${missing})`;
const never = new AbortController().signal;
const path = "/api/v1/nodes/neko";
const domain = "nodekeeper.axiomlayer.com";

/** As a server of K3s has them, with the time that only taints of NoExecute have, and the start-up taint. */
const theirs: readonly object[] = [
  { key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" },
  { key: "node.kubernetes.io/unreachable", effect: "NoExecute", timeAdded: "2026-11-23T08:00:00Z" },
  { key: `${domain}/onboarding`, effect: "NoSchedule" },
  { key: "example.com/dedicated", value: "gpu", effect: "PreferNoSchedule" },
];
const lost = { key: `${domain}/gpu-lost`, value: "true", effect: "NoSchedule" };
const slow = { key: `${domain}/slow-disk`, effect: "PreferNoSchedule" };

/** What the policy wants of a taint: true, false, or that it cannot be told. */
type Wish = boolean | "undecided";

describe.skipIf(missing !== undefined)(`taints of nodes${whyNot}`, { timeout: 90_000 }, () => {
  let house: House;
  let reconciler: ReturnType<typeof createNodeTaints>;

  beforeAll(async () => {
    house = await startHouse();
    reconciler = createNodeTaints({ client: house.client, policy: { current: aPolicy({ domain }) } });
  }, kubernetesBuildLimitMs);

  afterAll(async () => {
    await house?.[Symbol.asyncDispose]();
  });

  beforeEach(() => register(theirs));

  async function register(taints: readonly object[]): Promise<void> {
    await house.cluster.admin.delete(path);
    await createNode(house.cluster.admin, "neko");
    await taintByHand(...taints); // also in place of not-ready, which the API server gives to each new Node
  }

  const node = (): Promise<KubernetesObject> => house.cluster.admin.get(path);
  const version = async (): Promise<string | undefined> => (await node()).metadata.resourceVersion;
  const taints = async (): Promise<unknown> => ((await node())["spec"] as { readonly taints?: unknown }).taints ?? []; // NodeSpec
  const ledger = async (): Promise<unknown> => JSON.parse((await node()).metadata.annotations?.[`${domain}/owned`] ?? "null");

  async function observed(): Promise<TaintedNode> {
    const seen = await reconciler.observe("neko", never);
    if (seen === undefined) throw new Error("there is no Node");
    return seen;
  }

  async function planned(wishes: Readonly<Record<string, Wish>>, value = "true"): Promise<readonly Operation[]> {
    const live = clusterNodeOf(await node());
    if (live === undefined) throw new Error("there is no Node");
    const rules = Object.entries(wishes).map(([key, wish]) => ruleOf(key, wish, value));
    return reconciler.plan(reconciler.decide(worldOf({ live, policy: { domain, taints: rules } }), "neko"), await observed());
  }

  async function settle(wishes: Readonly<Record<string, Wish>>, value?: string): Promise<readonly Operation[]> {
    const operations = await planned(wishes, value);
    if (operations.length > 0) await reconciler.apply("neko", operations, await observed(), never);
    return operations;
  }

  async function taintByHand(...taints: readonly object[]): Promise<void> {
    const answer = await house.cluster.admin.ask("PATCH", path, { spec: { taints } }, "application/merge-patch+json");
    expect(answer).toMatchObject({ status: 200 });
  }

  async function prune(): Promise<void> {
    const seen = await observed();
    await reconciler.apply("neko", reconciler.planPrune(seen), seen, never);
  }

  it("come behind those of others, with their entry in the ledger in the same write", async () => {
    const before = (await house.cluster.requests()).length;

    await settle({ "gpu-lost": true, "slow-disk": true });

    expect(await taints()).toEqual([...theirs, lost, slow]);
    expect(await ledger()).toEqual({
      ...{
        nodekeeper: 1,
        "node-taints": { "gpu-lost": { wrote: "true:NoSchedule" }, "slow-disk": { wrote: ":PreferNoSchedule" } },
      },
    });
    const writes = (await house.cluster.requests()).slice(before).filter(({ verb }) => verb === "patch");
    expect(writes.map(({ status, user }) => `${status} ${user}`)).toEqual([
      "200 system:serviceaccount:nodekeeper:nodekeeper-collector",
    ]);
  });

  it("come on a Node that has none, and leave none behind", async () => {
    await register([]);

    await settle({ "gpu-lost": true });
    const there = await taints();
    await settle({ "gpu-lost": false });

    expect([there, await taints(), await ledger()]).toEqual([[lost], [], null]);
  });

  it("that are as they are to be are written by nobody, and what is only planned is not written", async () => {
    await settle({ "gpu-lost": true });
    const before = await version();

    expect(await settle({ "gpu-lost": true })).toEqual([]);
    expect(await planned({ "gpu-lost": false })).toMatchObject([{ kind: "remove" }]);
    expect(await settle({ "gpu-lost": "undecided" })).toEqual([]);
    expect(await version()).toBe(before);
  });

  it("change in their place, and go from between others", async () => {
    await settle({ "gpu-lost": true, "slow-disk": true });
    await settle({ "gpu-lost": true, "slow-disk": true }, "yes");
    const changed = await taints();
    await taintByHand(...theirs.slice(0, 1), { ...lost, value: "yes" }, slow, ...theirs.slice(1));

    await settle({ "gpu-lost": false, "slow-disk": false });

    expect(changed).toEqual([...theirs, { ...lost, value: "yes" }, slow]);
    expect(await taints()).toEqual(theirs);
  });

  it("that somebody takes away stay away until the policy wanted it otherwise", async () => {
    await settle({ "gpu-lost": true });
    await taintByHand(...theirs);

    const again = await settle({ "gpu-lost": true });
    await settle({ "gpu-lost": false });
    const forgotten = await ledger();
    await settle({ "gpu-lost": true });

    expect([again, forgotten]).toEqual([[], null]);
    expect(await taints()).toEqual([...theirs, lost]);
  });

  it("of the same key that others set are left alone, now and at a prune", async () => {
    await taintByHand(...theirs, lost);
    const before = await version();

    expect(await settle({ "gpu-lost": true })).toEqual([]);
    expect(await settle({ "gpu-lost": false })).toEqual([]);
    expect(reconciler.planPrune(await observed())).toEqual([]);
    expect(await version()).toBe(before);
  });

  it("are not written on an object that is not as it was seen, nor on another Node of the same name", async () => {
    const seen = await observed();
    const operations = await planned({ "gpu-lost": true });
    await taintByHand(...theirs, { key: "example.com/new", effect: "NoSchedule" });

    await expect(reconciler.apply("neko", operations, seen, never)).rejects.toMatchObject({ code: "CONFLICT" });
    await register(theirs);
    const { resourceVersion } = await observed();
    await expect(reconciler.apply("neko", operations, { ...seen, resourceVersion }, never)).rejects.toMatchObject({
      code: "CONFLICT",
    });
    expect([await taints(), await ledger()]).toEqual([theirs, null]);
  });

  it("leave the entries of labels in the ledger as they are", async () => {
    const labels = { board: { wrote: "raspberry-pi-5" } };
    const annotations = { [`${domain}/owned`]: JSON.stringify({ nodekeeper: 1, "node-labels": labels }) };
    await house.cluster.admin.ask("PATCH", path, { metadata: { annotations } }, "application/merge-patch+json");

    await settle({ "gpu-lost": true });
    const both = await ledger();
    await prune();

    expect(both).toMatchObject({ "node-labels": labels, "node-taints": { "gpu-lost": { wrote: "true:NoSchedule" } } });
    expect(await ledger()).toEqual({ nodekeeper: 1, "node-labels": labels });
  });

  it("leave a Node as it was when they are pruned, with what people did since", async () => {
    const before = await node();
    await settle({ "gpu-lost": true, "slow-disk": true });
    await settle({ "gpu-lost": true, "slow-disk": true }, "yes");

    await prune();

    expect(withoutBookkeeping(await node())).toEqual(withoutBookkeeping(before));
    await settle({ "gpu-lost": true, "slow-disk": true });
    await taintByHand({ ...lost, effect: "NoExecute" }, slow);
    await prune();
    expect([await taints(), await ledger()]).toEqual([[{ ...lost, effect: "NoExecute" }], null]);
  });
});

function ruleOf(key: string, wish: Wish, value: string): TaintRule {
  const decided: Decided =
    wish === "undecided"
      ? { kind: "undecided", reason: "gpus is not known", reads: [] }
      : { kind: "value", value: wish, reads: [] };
  const when = { text: "gpus.size() == 0", place: "policy.yaml:3:11", evaluate: () => decided };
  return key === "slow-disk" ? { key, value: "", effect: "PreferNoSchedule", when } : { key, value, effect: "NoSchedule", when };
}

/** What the API server itself keeps of a write; a list or map that is empty is none. */
function withoutBookkeeping({ metadata, ...rest }: KubernetesObject): object {
  const { managedFields: _, resourceVersion: __, ...kept } = metadata;
  return { ...rest, metadata: kept };
}
