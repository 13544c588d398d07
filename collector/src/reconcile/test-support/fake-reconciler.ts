/**
 * A reconciler for tests of the controller: each disk that a node reports is a label d/ID with the disk's model, wherever the policy has a rule of that
 * key. It keeps the whole contract, in as few lines as can be; the ledger lies in the annotation d/owned.
 */
import { Outcome } from "@nodekeeper/proto";
import type { ClusterNode } from "../../state/cluster/cluster-node.ts";
import { freshnessOf } from "../../state/freshness.ts";
import { isProven } from "../../state/node-proof.ts";
import type { Decision, LedgerEntry, Operation, Reconciler, Seen, SeenItem, Wanted, Why } from "../reconciler.ts";
import type { World } from "../world.ts";
import type { FakeNodes } from "./fake-nodes.ts";

/** What was asked of it. */
export interface FakeReconciler extends Reconciler {
  decisions: number;
  /** Once for each write that was told. */
  readonly told: string[];
  /** It has a bug: deciding throws. */
  isBroken: boolean;
}

/** One over a cluster. */
export function createFakeReconciler(nodes: FakeNodes, name = "node-labels"): FakeReconciler {
  const told: string[] = [];
  return {
    ...{ name, noun: "label", decisions: 0, isBroken: false, told },
    affects(change) {
      switch (change.kind) {
        case "node":
        case "cluster-node":
          return [change.name];
        case "findings":
          return [change.node];
        default:
          return "all";
      }
    },
    keys: (world) => world.cluster.nodes().map((node) => node.name),
    decide(world, key) {
      this.decisions += 1;
      if (this.isBroken) throw new TypeError("undefined is not a disk");
      return decide(world, key);
    },
    seen(world, key) {
      const node = world.cluster.node(key);
      return node && seenOf(node);
    },
    async observe(key) {
      const node = await nodes.read(key);
      return node && seenOf(node);
    },
    plan,
    planPrune: (seen) => [...seen.ledger].flatMap(([item, entry]) => release(item, entry, seen, "describe", whyOf("pruned"))),
    async apply(key, operations, seen) {
      const ledger = new Map(seen.ledger);
      for (const { item, kind, before, after } of operations) {
        if (kind === "remove" || kind === "restore" || after === undefined) ledger.delete(item);
        else ledger.set(item, { wrote: after, was: ledger.has(item) ? ledger.get(item)?.was : before });
      }
      await nodes.write(key, seen, {
        labels: new Map(operations.map(({ item, after }) => [item, after])),
        annotations: { "d/owned": JSON.stringify([...ledger]) },
      });
    },
    async tell(key, operations) {
      told.push(...operations.map(({ kind, item }) => `${key} ${kind} ${item}`));
    },
  };
}

function decide({ policy, nowMs, startedAtMs, ...world }: World, key: string): Decision {
  const node = world.node(key);
  if (node === undefined || !isProven(node)) return { kind: "hold", reason: "nobody proved to speak for it" };
  const probe = node.probes.get("disks");
  const isKnown =
    probe !== undefined &&
    probe.receivedAtMs >= startedAtMs &&
    probe.outcome === Outcome.OK &&
    freshnessOf(probe.observedAtMs, probe.intervalMs, nowMs) === "fresh";
  const items = new Map<string, Wanted>();
  for (const { key: rule } of policy.labels) {
    const value = probe?.subjects.get(`block_device/${rule}`);
    const isSaid = value?.outcome === Outcome.OK && value.observedAtMs === probe?.observedAtMs;
    const model = isSaid && value.value?.case === "blockDevice" ? value.value.value.model : undefined;
    const why = { ...whyOf(`disk ${rule}`), isDeclared: model?.startsWith("failing") === true };
    if (isKnown && model !== undefined) items.set(`d/${rule}`, { kind: "value", value: model, why });
    else if (isKnown && probe.lists.get("block_device")?.isComplete === true) items.set(`d/${rule}`, { kind: "absent", why });
    else items.set(`d/${rule}`, { kind: "hold", reason: "the disks are not known", why });
  }
  return { kind: "items", items };
}

function plan(decision: Decision, seen: Seen): readonly Operation[] {
  if (decision.kind === "hold") return [];
  return [...decision.items].flatMap(([item, wanted]) => {
    const entry = seen.ledger.get(item);
    const before = seen.items.get(item)?.value;
    if (wanted.kind === "hold") return [];
    if (wanted.kind === "absent") return entry === undefined ? [] : release(item, entry, seen, "restrict", wanted.why);
    if (before === wanted.value && entry?.wrote === wanted.value) return [];
    const step = { item, before, after: wanted.value, why: wanted.why };
    if (entry?.wrote === wanted.value) return [{ ...step, kind: "repair" as const, class: "describe" as const }];
    if (before === undefined || entry === undefined) return [{ ...step, kind: "set" as const, class: "describe" as const }];
    return [{ ...step, kind: "change" as const, class: "restrict" as const }];
  });
}

function release(item: string, entry: LedgerEntry, seen: Seen, of: Operation["class"], why: Why): readonly Operation[] {
  const before = seen.items.get(item)?.value;
  if (before !== entry.wrote) return [{ item, kind: "restore", class: "describe", before, after: before, why }];
  return [{ item, kind: entry.was === undefined ? "remove" : "restore", class: of, before, after: entry.was, why }];
}

function seenOf(node: ClusterNode): Seen {
  const owned: unknown = JSON.parse(node.annotations["d/owned"] ?? "[]");
  const ledger = new Map(owned as [string, LedgerEntry][]); // apply wrote it
  const items = Object.entries(node.labels).map(([item, value]): [string, SeenItem] => {
    const managers = node.managers.filter(({ labels }) => labels.includes(item));
    const isOurs = managers.some(({ name }) => name === "nodekeeper");
    const others = managers.filter(({ name }) => name !== "nodekeeper");
    const owner = isOurs ? (others.length > 0 ? "shared" : "ours") : "foreign";
    return [item, { value, owner, others: others.map(({ name, atMs }) => ({ manager: name, atMs })) }];
  });
  return {
    ...{ uid: node.uid, resourceVersion: node.resourceVersion, isCordoned: node.isCordoned, problem: undefined },
    isPaused: node.annotations["d/paused"] === "true",
    ...{ items: new Map(items), ledger },
  };
}

function whyOf(text: string): Why {
  return { text, place: `rule of ${text}`, expression: "", facts: [] };
}
