/**
 * Conditions of Nodes: what is true of a node's disks, GPUs, tailnet and storage, for people and for whoever waits for it. Server-side apply on the
 * status by a manager of its own is the ledger: what it owns is ours, and nothing of ours was there before us. What somebody else wrote of the same
 * type is theirs, and left alone.
 *
 * Nothing is written while nothing changes: there is no heartbeat (ARCHITECTURE, decisions).
 */
import { AppError, type Clock } from "@nodekeeper/shared";
import type { KubernetesClient } from "../clients/kubernetes/kubernetes-client.ts";
import type { JsonPatchOperation } from "../clients/kubernetes/object-kind.ts";
import type { PolicySource } from "../policy/policy.ts";
import type { ClusterNode, NodeCondition } from "../state/cluster/cluster-node.ts";
import { conditions } from "./conditions/index.ts";
import { conditionManager, ownerOf, writersOf } from "./conditions/support/condition-owner.ts";
import { conditionText, readConditionText } from "./conditions/support/condition-text.ts";
import { createTransitionEvents } from "./conditions/support/transition-events.ts";
import { wantedConditions } from "./conditions/support/wanted-conditions.ts";
import type { Decision, Operation, Reconciler, Seen, SeenItem, Why } from "./reconciler.ts";
import { answeredNode } from "./support/answered-node.ts";
import { isPaused } from "./support/is-paused.ts";
import { nodeObjects } from "./support/node-objects.ts";
import { onlyAsSeen } from "./support/node-patch.ts";

/** A Node's conditions as they are. */
export interface SeenConditions extends Seen {
  /** All of those that are ours or of our types, with their times. */
  readonly conditions: readonly NodeCondition[];
  /** Types of ours that somebody else wrote after us. */
  readonly edited: ReadonlySet<string>;
}

/** What it needs. */
export interface NodeConditionsTools {
  readonly client: Pick<KubernetesClient, "readNode" | "applyNode" | "patchNode" | "createEvent">;
  /** Which domain is ours now. */
  readonly policy: Pick<PolicySource, "current">;
  readonly clock: Clock;
}

const write = { fieldManager: conditionManager, subresource: "status" } as const;
const types: ReadonlySet<string> = new Set(conditions.map(({ type }) => type));

/** Makes it. */
export function createNodeConditions({ client, policy, clock }: NodeConditionsTools): Reconciler<SeenConditions> {
  return {
    name: "node-conditions",
    noun: "condition",
    ...nodeObjects({ client, policy, readsFindings: true, see: seenOn }),
    decide(world, key) {
      const live = world.cluster.node(key);
      if (live === undefined) return { kind: "hold", reason: "the cluster has no Node of this name" };
      return { kind: "items", items: wantedConditions(world, live) };
    },
    plan,
    planPrune: ({ items }) =>
      [...items].flatMap(([item, { owner, value }]) => (owner === "foreign" ? [] : [removal(item, value, pruning)])),
    async apply(key, operations, seen, signal) {
      const { uid, resourceVersion } = seen;
      const body = { metadata: { uid, resourceVersion }, status: { conditions: appliedOf(operations, seen, clock.wallMs()) } };
      const after = answeredNode(await client.applyNode(key, body, write, signal));
      const left = leftOf(operations, after);
      if (left.length > 0) await client.patchNode(key, [...onlyAsSeen(after), ...left], write, signal);
    },
    tell: createTransitionEvents(client, clock),
  };
}

function seenOn(node: ClusterNode, domain: string): SeenConditions {
  const ofOurTypes = node.conditions.filter((condition) => types.has(condition.type) || ownerOf(node, condition) !== "foreign");
  return {
    uid: node.uid,
    resourceVersion: node.resourceVersion,
    isCordoned: node.isCordoned,
    isPaused: isPaused(node.annotations, domain),
    items: new Map(ofOurTypes.map((condition) => [condition.type, seenItem(node, condition)])),
    ledger: new Map(),
    problem: undefined,
    conditions: ofOurTypes,
    edited: new Set(ofOurTypes.flatMap(({ type }) => (isEdited(node, type) ? [type] : []))),
  };
}

function seenItem(node: ClusterNode, condition: NodeCondition): SeenItem {
  const others = writersOf(node, condition.type).filter(({ name }) => name !== conditionManager);
  return {
    value: conditionText(condition),
    owner: ownerOf(node, condition),
    others: others.map(({ name, atMs }) => ({ manager: name, atMs })),
  };
}

/** Whether somebody else wrote one of ours after us, or it cannot be told. */
function isEdited(node: ClusterNode, type: string): boolean {
  const writers = writersOf(node, type);
  const ours = writers.find(({ name }) => name === conditionManager);
  if (ours === undefined) return true;
  const oursAtMs = ours.atMs ?? 0;
  return writers.some(({ name, atMs = oursAtMs }) => name !== conditionManager && atMs >= oursAtMs);
}

function plan(decision: Decision, { items, edited }: SeenConditions): readonly Operation[] {
  if (decision.kind === "hold") return [];
  return [...decision.items].flatMap(([item, wanted]): readonly Operation[] => {
    const seen = items.get(item);
    if (wanted.kind === "hold" || seen?.owner === "foreign") return [];
    if (wanted.kind === "absent") return seen === undefined ? [] : [removal(item, seen.value, wanted.why)];
    if (seen?.value === wanted.value) return [];
    const kind = seen === undefined ? "set" : edited.has(item) ? "repair" : "change";
    return [{ item, kind, class: "describe", before: seen?.value, after: wanted.value, why: wanted.why }];
  });
}

function removal(item: string, before: string, why: Why): Operation {
  return { item, kind: "remove", class: "describe", before, after: undefined, why };
}

const pruning: Why = { text: "everything of ours is taken back", place: "prune", expression: "", facts: [] };

/** All that is to be ours after the operations: what is left out of an applied set goes. */
function appliedOf(
  operations: readonly Operation[],
  { items, conditions: live }: SeenConditions,
  nowMs: number,
): readonly object[] {
  const changed = new Map(operations.map((operation) => [operation.item, operation.after]));
  const kept = live.filter(({ type }) => items.get(type)?.owner !== "foreign" && !changed.has(type));
  const written = [...changed].flatMap(([type, text]) => {
    const before = live.find((condition) => condition.type === type);
    return text === undefined ? [] : [writtenOf(type, text, before, nowMs)];
  });
  return [...kept, ...written].map(({ type, status, reason, message, lastHeartbeatAtMs, lastTransitionAtMs }) => ({
    ...{ type, status, reason, message },
    lastHeartbeatTime: kubernetesTime(lastHeartbeatAtMs ?? nowMs),
    lastTransitionTime: kubernetesTime(lastTransitionAtMs ?? nowMs),
  }));
}

/** What did not go with us, since the API server believes that somebody wrote it before it began to remember (before-first-apply). */
function leftOf(operations: readonly Operation[], after: ClusterNode): readonly JsonPatchOperation[] {
  const gone = new Set(operations.flatMap(({ item, after: value }) => (value === undefined ? [item] : [])));
  const places = after.conditions.flatMap(({ type }, place) =>
    gone.has(type) && writersOf(after, type).length === 0 ? [place] : [],
  );
  return places.reverse().map((place) => ({ op: "remove", path: `/status/conditions/${place}` }));
}

function writtenOf(type: string, text: string, before: NodeCondition | undefined, nowMs: number): NodeCondition {
  const words = readConditionText(text);
  if (words === undefined) throw new AppError("INTERNAL", `"${text}" is not what a condition can say`);
  const lastTransitionAtMs = before?.status === words.status ? before.lastTransitionAtMs : nowMs;
  return { type, ...words, lastHeartbeatAtMs: nowMs, lastTransitionAtMs };
}

/** Conditions have whole seconds. */
function kubernetesTime(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19)}Z`;
}
