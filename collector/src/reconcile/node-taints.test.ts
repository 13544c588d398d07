import { describe, expect, it } from "vitest";
import type { Decided, Expression } from "../policy/expression.ts";
import type { ClusterNode } from "../state/cluster/cluster-node.ts";
import { machineThatSaid } from "../test-support/judge-machine.ts";
import { createNodeTaints } from "./node-taints.ts";
import type { Operation, Wanted } from "./reconciler.ts";
import type { TaintedNode } from "./taints/see-taints.ts";
import { aClusterNode, aPolicy, domain, type WorldInit, worldOf } from "./test-support/world-of.ts";

const unused = (): Promise<never> => Promise.reject(new Error("nothing is asked"));
const reconciler = createNodeTaints({ client: { readNode: unused, patchNode: unused }, policy: { current: aPolicy() } });
const item = `${domain}/gpu-lost`;
const kubernetes = { key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" };
const ours = { key: item, value: "true", effect: "NoSchedule" };

function saying(decided: Partial<Decided> & { readonly value?: unknown }): Expression {
  // What an expression comes to is what the test says.
  const said = { kind: "value", value: true, reads: [], ...decided } as Decided;
  return { text: "gpus.size() == 0", place: "policy.yaml:3:11", evaluate: () => said };
}

function worldInit(when: Expression, live: ClusterNode, value = "true"): WorldInit {
  const taints = [{ key: "gpu-lost", value, effect: "NoSchedule", when } as const];
  return { node: machineThatSaid(), live, policy: { taints } };
}

/** A Node with these taints, and what our ledger says that we wrote. */
function nodeWith(taints: readonly object[], wrote?: string): ClusterNode {
  const ledger = { nodekeeper: 1, "node-taints": { "gpu-lost": { wrote } } };
  const annotations = wrote === undefined ? {} : { [`${domain}/owned`]: JSON.stringify(ledger) };
  return aClusterNode({ metadata: { annotations }, spec: { taints } });
}

function wanted(when: Expression, live: ClusterNode): Wanted | undefined {
  const decision = reconciler.decide(worldOf(worldInit(when, live)), "neko");
  return decision.kind === "items" ? decision.items.get(item) : undefined;
}

function seen(live: ClusterNode): TaintedNode {
  const found = reconciler.seen(worldOf({ live }), "neko");
  if (found === undefined) throw new Error("it is there");
  return found;
}

function plan(when: Expression, live: ClusterNode, value?: string): readonly Operation[] {
  return reconciler.plan(reconciler.decide(worldOf(worldInit(when, live, value)), "neko"), seen(live));
}

const isTrue = saying({ value: true });
const isFalse = saying({ value: false });

describe("node-taints", () => {
  it("adds a taint, which restricts the node, and takes its own away, which does not", () => {
    expect(plan(isTrue, nodeWith([kubernetes]))).toMatchObject([
      { item, kind: "set", class: "restrict", before: undefined, after: "true:NoSchedule", why: { place: "policy.yaml:3:11" } },
    ]);
    expect(plan(isFalse, nodeWith([kubernetes, ours], "true:NoSchedule"))).toMatchObject([
      { item, kind: "remove", class: "describe", before: "true:NoSchedule", after: undefined },
    ]);
  });

  it("does nothing when it is so already", () => {
    expect(plan(isTrue, nodeWith([ours], "true:NoSchedule"))).toEqual([]);
    expect(plan(isFalse, nodeWith([kubernetes]))).toEqual([]);
  });

  it("changes its own when the policy wants another value", () => {
    expect(plan(isTrue, nodeWith([ours], "true:NoSchedule"), "yes")).toMatchObject([
      { kind: "change", class: "restrict", before: "true:NoSchedule", after: "yes:NoSchedule" },
    ]);
  });

  it("holds what cannot be told", () => {
    const live = nodeWith([ours], "true:NoSchedule");
    const undecided = saying({ kind: "undecided", reason: "gpus is not known" });

    expect(wanted(undecided, live)).toMatchObject({ kind: "hold", reason: "gpus is not known" });
    expect(plan(undecided, live)).toEqual([]);
  });

  it("does not put back what somebody took away, says so, and forgets it when the policy wants it otherwise", () => {
    const taken = nodeWith([kubernetes], "true:NoSchedule");

    expect(wanted(isTrue, taken)).toMatchObject({ kind: "hold", reason: expect.stringContaining("by hand") });
    expect(plan(isTrue, taken)).toEqual([]);
    expect(plan(isFalse, taken)).toMatchObject([
      { item, kind: "restore", class: "describe", before: undefined, after: undefined },
    ]);
    expect(plan(isTrue, taken, "yes")).toMatchObject([{ kind: "set", after: "yes:NoSchedule" }]);
  });

  it("leaves alone a taint of the same key that others set, and one of its own that they changed", () => {
    for (const live of [nodeWith([ours]), nodeWith([{ ...ours, effect: "NoExecute" }], "true:NoSchedule")]) {
      expect(wanted(isTrue, live)).toMatchObject({ kind: "hold", reason: expect.stringContaining("somebody else") });
      expect(plan(isTrue, live)).toEqual([]);
      expect(plan(isFalse, live).filter(({ before, after }) => before !== after)).toEqual([]);
    }
  });

  it("knows its own among others of the same key", () => {
    const theirs = { ...ours, effect: "NoExecute" };

    expect(plan(isFalse, nodeWith([theirs, ours, theirs], "true:NoSchedule"))).toMatchObject([
      { kind: "remove", before: "true:NoSchedule" },
    ]);
  });

  it("takes away what the policy names no more, and at a prune all that is its own", () => {
    const live = nodeWith([kubernetes, ours], "true:NoSchedule");
    const decision = reconciler.decide(worldOf({ live }), "neko");

    expect(reconciler.plan(decision, seen(live))).toMatchObject([{ item, kind: "remove", class: "describe" }]);
    expect(reconciler.planPrune(seen(live))).toMatchObject([{ item, kind: "remove" }]);
    expect(reconciler.planPrune(seen(nodeWith([kubernetes], "true:NoSchedule")))).toMatchObject([{ item, kind: "restore" }]);
    expect(reconciler.planPrune(seen(nodeWith([kubernetes, ours])))).toEqual([]);
  });

  it("says when its ledger cannot be read, and takes nothing for its own then", () => {
    const live = aClusterNode({ metadata: { annotations: { [`${domain}/owned`]: "{" } }, spec: { taints: [ours] } });

    expect(seen(live)).toMatchObject({ problem: expect.stringContaining("not in a form that we know"), ledger: new Map() });
    expect(reconciler.planPrune(seen(live))).toEqual([]);
  });

  it("sets no NoExecute and nothing that is no taint, whoever asks for it", () => {
    const live = nodeWith([kubernetes]);
    const why = { text: "", place: "override", expression: "", facts: [] };
    const asked = (value: string): readonly Operation[] =>
      reconciler.plan({ kind: "items", items: new Map([[item, { kind: "value", value, why }]]) }, seen(live));

    expect([asked("true:NoExecute"), asked("true"), asked("")]).toEqual([[], [], []]);
    expect(asked(":PreferNoSchedule")).toMatchObject([{ kind: "set" }]);
  });

  it("keeps a taint of the domain before until its successor is there", () => {
    const before = { ...ours, key: "old.example/gpu-lost" };
    const ledger = JSON.stringify({ nodekeeper: 1, "node-taints": { "gpu-lost": { wrote: "true:NoSchedule" } } });
    const old = (annotations: object, ...taints: readonly object[]): ClusterNode =>
      aClusterNode({ metadata: { annotations: { "old.example/owned": ledger, ...annotations } }, spec: { taints } });
    const both = old({ [`${domain}/owned`]: ledger }, before, ours);

    expect(plan(isTrue, old({}, before))).toMatchObject([{ item, kind: "set" }]);
    expect(plan(isTrue, both)).toMatchObject([{ item: before.key, kind: "remove" }]);
    expect(plan(isFalse, old({}, before))).toMatchObject([{ item: before.key, kind: "remove" }]);
    expect(reconciler.planPrune(seen(both)).map((operation) => operation.item)).toEqual([item, before.key]);
  });

  it("believes no annotation that a taint of Kubernetes itself is ours", () => {
    const ledger = JSON.stringify({ nodekeeper: 1, "node-taints": { "control-plane": { wrote: ":NoSchedule" } } });
    const annotations = { "node-role.kubernetes.io/owned": ledger };

    expect(reconciler.planPrune(seen(aClusterNode({ metadata: { annotations }, spec: { taints: [kubernetes] } })))).toEqual([]);
  });

  it("is concerned by facts and objects, and not by findings", () => {
    const world = worldOf();

    expect(reconciler.affects({ kind: "findings", node: "neko" }, world)).toEqual([]);
    expect(reconciler.affects({ kind: "node", name: "neko" }, world)).toEqual(["neko"]);
    expect(reconciler.affects({ kind: "node", name: "another" }, world)).toEqual([]);
    expect(reconciler.affects({ kind: "decisions" }, world)).toBe("all");
    expect(reconciler.decide(worldOf({ live: undefined }), "neko")).toMatchObject({ kind: "hold" });
  });
});
