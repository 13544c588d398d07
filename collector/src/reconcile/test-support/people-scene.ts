/** Reconciliation as people meet it, over a controller and decisions in memory, for tests of what they may ask and decide. */
import { isDeepStrictEqual } from "node:util";
import { AppError, createListeners, createLogger } from "@nodekeeper/shared";
import type { AuditRecord, PlannedOperation, Waiting } from "@nodekeeper/shared/api";
import { FakeClock } from "@nodekeeper/shared/test-support";
import type { Policy } from "../../policy/policy.ts";
import type { ClusterKnowledge } from "../../state/cluster/cluster-holder.ts";
import { FakeStore } from "../../test-support/fake-store.ts";
import { connectedNode, startMs } from "../../test-support/states.ts";
import type { Controller, ObjectPicture } from "../controller/controller.ts";
import { createReconciliation } from "../create-reconciliation.ts";
import type { Decisions, DecisionsKeeper } from "../decisions/decisions.ts";
import { noServices } from "../endpoints/service-objects.ts";
import type { MayWrite } from "../may-write.ts";
import type { Decision, Operation, Reconciler, Seen, SeenItem, Wanted, Why } from "../reconciler.ts";
import type { Reconciliation } from "../reconciliation.ts";
import { aClusterNode, aPolicy, domain } from "./world-of.ts";

/** Items of labels. */
export const board: string = `${domain}/board`;
/** Another one. */
export const storage: string = `${domain}/storage-class`;
/** A reason. */
export const why: Why = { text: "it is one", place: "policy.yaml:3:4", expression: "machine.board", facts: [] };
/** What steps wait for before the first approval. */
export const awaiting: Waiting = { for: "approval", text: "nobody approved yet" };

/** What a test sets, and what came of it. */
export interface PeopleScene {
  pictures: ObjectPicture[];
  readonly granted: PlannedOperation[];
  /** What controller.prune was asked to do, by node. */
  readonly pruned: (readonly [string, readonly Operation[]])[];
  /** Nodes whose prune fails. */
  readonly failing: Map<string, AppError>;
  answer: MayWrite;
  knowledge: ClusterKnowledge;
  decided: Decisions | undefined;
  /** What lies in the cluster by now, where that is not heard of yet. */
  unheard: Decisions | undefined;
  /** Everything that was done, in order. */
  readonly log: string[];
}

/** All of it. */
export interface PeopleParts {
  readonly scene: PeopleScene;
  readonly reconciliation: Reconciliation;
  readonly clock: FakeClock;
  readonly store: FakeStore;
}

/** Nodes neko and otter. The real parts are met in test/kubernetes/reconciliation.test.ts. */
export function aScene(init: { readonly policy?: Partial<Policy>; readonly isApproved?: boolean } = {}): PeopleParts {
  const clock = new FakeClock(startMs);
  const store = new FakeStore();
  const listeners = createListeners<undefined>();
  const signal = new AbortController().signal;
  const scene: PeopleScene = {
    ...{ pictures: [], granted: [], pruned: [], failing: new Map(), log: [], answer: { kind: "yes", signal } },
    knowledge: { kind: "known", listedAtMs: startMs, heardAtMs: startMs, problem: undefined },
    decided: {
      approval: init.isApproved === true ? { planHash: "before", by: "mika", atMs: startMs } : undefined,
      overrides: [],
    },
    unheard: undefined,
  };
  const decisions: DecisionsKeeper = {
    get current() {
      return scene.decided;
    },
    problems: () => (scene.decided === undefined ? ["it is malformed"] : []),
    refresh: async () => undefined,
    async change(make) {
      if (scene.decided === undefined) throw new AppError("CONFLICT", "it is malformed");
      const found = scene.unheard ?? scene.decided;
      const wanted = make(found);
      if (isDeepStrictEqual(wanted, found)) return;
      scene.decided = wanted;
      scene.log.push("decided");
      listeners.tell(undefined);
    },
    onChanged: (listener) => listeners.add(() => listener()),
    async [Symbol.asyncDispose]() {},
  };
  const controller: Controller = {
    picture: (name, key) => scene.pictures.find((each) => each.reconciler.name === name && each.key === key),
    pictures: () => scene.pictures,
    grant: (operations) => void scene.granted.push(...operations),
    wake: () => undefined,
    async prune(name, key, choose) {
      const failure = scene.failing.get(key);
      if (failure !== undefined) throw failure;
      const found = scene.pictures.find((each) => each.reconciler.name === name && each.key === key);
      const operations =
        found?.seen === undefined ? [] : found.reconciler.planPrune(found.seen).flatMap((each) => choose(each) ?? []);
      scene.pictures = scene.pictures.filter((each) => each !== found);
      scene.log.push(`pruned ${key}`);
      scene.pruned.push([key, operations]);
      return operations.length;
    },
    brake: () => ({ restrictedNodes: 0, allowedNodes: 1, clearsAtMs: undefined }),
    counts: () => [{ name: "node-labels", queued: 0, waiting: 1, waitingFor: { approval: 1 }, held: 0, failing: 0, writes: 2 }],
    problems: () => ["a Node cannot be written"],
    async [Symbol.asyncDispose]() {},
  };
  const nodes = ["neko", "otter"].map((name) => aClusterNode({ metadata: { name } }));
  const policy = aPolicy({ modes: { describe: "enforce", restrict: "plan", move: "off" }, ...init.policy });
  const reconciliation = createReconciliation({
    services: noServices,
    ...{ controller, decisions, store, clock, logger: createLogger("test", "silent") },
    reconcilers: [labels, conditions],
    guard: {
      ask: async () => scene.answer,
      get last() {
        return scene.answer;
      },
      holder: "badger_1",
      problems: () => [],
      onChanged: () => ({ [Symbol.dispose]: () => undefined }),
      async [Symbol.asyncDispose]() {},
    },
    policy: {
      current: policy,
      problems: () => ["policy.yaml:2:1: no such field"],
      onChanged: (listener) => listeners.add(() => listener()),
    },
    cluster: {
      get knowledge() {
        return scene.knowledge;
      },
      node: (name) => nodes.find((each) => each.name === name),
      nodes: () => nodes,
    },
    state: { node: (name) => (name === "agent-only" ? connectedNode(startMs, { nodeName: name }) : undefined) },
  });
  return { scene, reconciliation, clock, store };
}

const reconciler = (name: string, noun: string): Reconciler => ({
  ...{ name, noun, affects: () => [], keys: () => [], decide: () => ({ kind: "hold", reason: "" }), seen: () => undefined },
  ...{ observe: async () => undefined, plan: () => [], apply: async () => undefined },
  planPrune: ({ ledger, items }) =>
    [...ledger].map(([item, { was }]) => ({
      ...{ item, kind: "remove", class: "describe", before: items.get(item)?.value, after: was, why },
    })),
});
/** Reconcilers that only know how to take back what stands in the ledger. */
export const labels: Reconciler = reconciler("node-labels", "label");
/** The same for conditions. */
export const conditions: Reconciler = reconciler("node-conditions", "condition");

/** An item that we wrote. */
export const ours = (value: string): SeenItem => ({ value, owner: "ours", others: [] });
/** An item that somebody else wrote. */
export const theirs = (value: string): SeenItem => ({
  value,
  owner: "foreign",
  others: [{ manager: "kubectl-label", atMs: startMs }],
});

/** An object as it is. */
export function seen(items: Readonly<Record<string, SeenItem>> = {}, ledger: Seen["ledger"] = new Map()): Seen {
  const base = { uid: "u", resourceVersion: "1", isCordoned: false, isPaused: false, problem: undefined };
  return { ...base, items: new Map(Object.entries(items)), ledger };
}

/** An object as the controller has it; nothing is wanted of it. */
export function picture(key: string, init: Partial<Omit<ObjectPicture, "key">> = {}): ObjectPicture {
  return {
    ...{ reconciler: labels, key, decision: { kind: "items", items: new Map() }, seen: seen() },
    ...{ operations: [], wantedSinceMs: new Map() },
    ...init,
  };
}

/** A step that sets an item. */
export function setting(item: string, after: string): Operation {
  return { item, kind: "set", class: "describe", before: undefined, after, why };
}

/** A step that takes one away. */
export function removal(item: string, before: string): Operation {
  return { item, kind: "remove", class: "restrict", before, after: undefined, why };
}

/** What is wanted, by item; null: absent. */
export function items(wanted: Readonly<Record<string, string | null>>): Decision {
  const entries = Object.entries(wanted).map(([item, value]): [string, Wanted] => [
    item,
    value === null ? { kind: "absent", why } : { kind: "value", value, why },
  ]);
  return { kind: "items", items: new Map(entries) };
}

/** A record of the audit: the board of neko was set. */
export function record(outcome: AuditRecord["outcome"], init: Partial<AuditRecord> = {}): Omit<AuditRecord, "id"> {
  return {
    ...{ at: new Date(startMs).toISOString(), actor: { kind: "collector", name: "" }, action: "reconcile.node-labels.describe" },
    ...{ target: { kind: "node", name: "neko" }, outcome, detail: "", changes: [{ item: board, after: "pi" }] },
    ...init,
  };
}
