import { describe, expect, it } from "vitest";
import type { JsonPatchOperation } from "../clients/kubernetes/object-kind.ts";
import type { ClusterNode } from "../state/cluster/cluster-node.ts";
import type { Operation, Wanted } from "./reconciler.ts";
import type { StartedNode } from "./startup/see-startup.ts";
import { createStartupTaint } from "./startup-taint.ts";
import { aClusterNode, aPolicy, domain, worldOf } from "./test-support/world-of.ts";

const unused = (): Promise<never> => Promise.reject(new Error("nothing is asked"));
const reconciler = createStartupTaint({ client: { readNode: unused, patchNode: unused }, policy: { current: aPolicy() } });
const item = `${domain}/onboarding`;
const taint = { key: item, value: "true", effect: "NoSchedule" };
const kubernetes = { key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" };
const isDone = { [`${domain}/owned`]: '{"nodekeeper":1,"startup-taint":{"onboarding":{"wrote":"","was":"true:NoSchedule"}}}' };

function nodeWith(taints: readonly object[], annotations: Readonly<Record<string, string>> = {}): ClusterNode {
  return aClusterNode({ metadata: { annotations }, spec: { taints } });
}

function seen(live: ClusterNode): StartedNode {
  const found = reconciler.seen(worldOf({ live }), "neko");
  if (found === undefined) throw new Error("it is there");
  return found;
}

function wanted(live: ClusterNode, isReady: boolean): Wanted | undefined {
  const decision = reconciler.decide(worldOf({ live, isReady }), "neko");
  return decision.kind === "items" ? decision.items.get(item) : undefined;
}

function plan(live: ClusterNode, isReady: boolean): readonly Operation[] {
  return reconciler.plan(reconciler.decide(worldOf({ live, isReady }), "neko"), seen(live));
}

/** The patch that is sent. */
async function patched(live: ClusterNode, operations: readonly Operation[]): Promise<readonly JsonPatchOperation[]> {
  const sent: JsonPatchOperation[] = [];
  const patchNode = async (_name: string, patch: readonly JsonPatchOperation[]): Promise<object> => {
    sent.push(...patch);
    return {};
  };
  const writing = createStartupTaint({
    client: { readNode: unused, patchNode: patchNode as never }, // what it answers is not read
    policy: { current: aPolicy() },
  });
  await writing.apply("neko", operations, seen(live), new AbortController().signal);
  return sent;
}

describe("feature 69: a start-up taint is taken away once when onboarding is done", () => {
  it("goes at once when the machine is ready, and only describes", () => {
    expect(plan(nodeWith([kubernetes, taint]), true)).toMatchObject([
      { item, kind: "remove", class: "describe", before: "true:NoSchedule", after: undefined, why: { isDeclared: true } },
    ]);
  });

  it("stays until then, and says for what it waits", () => {
    expect(wanted(nodeWith([taint]), false)).toMatchObject({
      kind: "hold",
      reason: "the machine is not ready yet: nodekeeper onboard status neko",
    });
    expect(plan(nodeWith([taint]), false)).toEqual([]);
  });

  it("is nobody's business on a Node without it", () => {
    expect(reconciler.decide(worldOf({ live: nodeWith([kubernetes]), isReady: true }), "neko")).toEqual({
      kind: "items",
      items: new Map(),
    });
  });

  it("goes from between others with all its effects, and is noted in the same write", async () => {
    const live = nodeWith([taint, kubernetes, { ...taint, effect: "NoExecute" }]);

    expect(await patched(live, plan(live, true))).toEqual([
      { op: "test", path: "/metadata/uid", value: "uid-1" },
      { op: "test", path: "/metadata/resourceVersion", value: "7" },
      { op: "remove", path: "/spec/taints/2" },
      { op: "remove", path: "/spec/taints/0" },
      { op: "add", path: "/metadata/annotations", value: {} },
      {
        op: "add",
        path: "/metadata/annotations/nodekeeper.example~1owned",
        value: '{"nodekeeper":1,"startup-taint":{"onboarding":{"wrote":"","was":"true:NoSchedule,true:NoExecute"}}}',
      },
    ]);
  });

  it("stays when somebody sets it again by hand", () => {
    const again = nodeWith([taint], isDone);

    expect(wanted(again, true)).toMatchObject({ kind: "hold", reason: expect.stringContaining("somebody set it again") });
    expect(plan(again, true)).toEqual([]);
  });

  it("asks for nothing more once it is gone, and is forgotten at a prune", async () => {
    const gone = nodeWith([kubernetes], isDone);

    expect(wanted(gone, true)).toMatchObject({ kind: "absent" });
    expect(plan(gone, true)).toEqual([]);
    expect(await patched(gone, reconciler.planPrune(seen(gone)))).toMatchObject([
      { op: "test" },
      { op: "test" },
      { op: "remove", path: "/metadata/annotations/nodekeeper.example~1owned" },
    ]);
    expect(reconciler.planPrune(seen(nodeWith([taint])))).toEqual([]);
  });

  it("is one of another domain for nobody: what was done under it before is remembered", () => {
    const old = { "old.example/owned": isDone[`${domain}/owned`] ?? "" };

    expect(plan(nodeWith([{ ...taint, key: "old.example/onboarding" }]), true)).toEqual([]);
    expect(plan(nodeWith([taint], old), true)).toEqual([]);
  });

  it("is looked at when its machine is ready, its Node changes, or people decide", () => {
    const world = worldOf();

    expect(reconciler.affects({ kind: "onboarding", node: "neko" }, world)).toEqual(["neko"]);
    expect(reconciler.affects({ kind: "onboarding", node: "siberian" }, world)).toEqual([]);
    expect(reconciler.affects({ kind: "cluster-node", name: "neko" }, world)).toEqual(["neko"]);
    expect(reconciler.affects({ kind: "node", name: "neko" }, world)).toEqual([]);
    expect(reconciler.affects({ kind: "decisions" }, world)).toBe("all");
  });
});
