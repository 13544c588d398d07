/**
 * The collector without its doors: put together as collector/src/collector.ts does it, from the store up to what would be told and written. Agents and
 * the cluster are handed in instead of being listened to.
 */

import { createAttention } from "../../collector/src/attention/create-attention.ts";
import { createEngine } from "../../collector/src/evaluate/engine.ts";
import { noNode } from "../../collector/src/evaluate/evaluate-cluster.ts";
import type { Findings } from "../../collector/src/evaluate/findings.ts";
import { joinFindings } from "../../collector/src/evaluate/join-findings.ts";
import type { CommitItem } from "../../collector/src/ingest/commit-queue.ts";
import { createHeldFactsTable } from "../../collector/src/ingest/held-facts.ts";
import { createNodeRecords } from "../../collector/src/ingest/node-records.ts";
import { createProgressTable } from "../../collector/src/ingest/progress.ts";
import { createIntake } from "../../collector/src/ingest/take-report.ts";
import { layoutOfChecked } from "../../collector/src/ingest/validate-samples.ts";
import { createStockTaker } from "../../collector/src/inventory/stock-taker.ts";
import { longhornFacts } from "../../collector/src/longhorn-facts.ts";
import { createMetrics } from "../../collector/src/metrics.ts";
import { delivered } from "../../collector/src/notify/channels/channel.ts";
import { createNotifications } from "../../collector/src/notify/create-notifications.ts";
import type { Notice } from "../../collector/src/notify/notice.ts";
import { aChannel } from "../../collector/src/notify/test-support/telling-scene.ts";
import { openClusterAdvice } from "../../collector/src/open-cluster-advice.ts";
import { builtInPolicy } from "../../collector/src/policy/built-in.ts";
import { noServices } from "../../collector/src/reconcile/endpoints/service-objects.ts";
import { createReconcilers } from "../../collector/src/reconcile/index.ts";
import type { Operation } from "../../collector/src/reconcile/reconciler.ts";
import type { World } from "../../collector/src/reconcile/world.ts";
import { noRouting } from "../../collector/src/routing/no-routing.ts";
import { clusterRules } from "../../collector/src/rules/cluster/index.ts";
import { rules } from "../../collector/src/rules/index.ts";
import { watchClock } from "../../collector/src/state/clock-watch.ts";
import type { ClusterHolder } from "../../collector/src/state/cluster/cluster-holder.ts";
import { createStateHolder, type StateHolder } from "../../collector/src/state/holder.ts";
import { createListening } from "../../collector/src/state/listening.ts";
import type { LonghornHolder } from "../../collector/src/state/longhorn/create-longhorn-holder.ts";
import { restoreNodes } from "../../collector/src/state/restore.ts";
import type { Store } from "../../collector/src/store/store.ts";
import { openStore } from "../../collector/src/store/worker-store.ts";
import { createLogger, systemClock } from "../../packages/shared/src/index.ts";
import type { Hello, Report } from "../../proto/src/index.ts";
import type { House } from "./house.ts";
import { hex } from "./simulated-agent.ts";
import { settle, type WeekClock } from "./week-clock.ts";

/** What it is started with. */
export interface CoreOptions {
  /** Of its database. */
  readonly directory: string;
  readonly house: House;
  readonly clock: WeekClock;
  /** Takes what people are told. */
  readonly onNotice: (notice: Notice) => void;
}

/** A step that would be taken on the cluster. */
export interface PlannedStep extends Operation {
  readonly node: string;
  readonly reconciler: string;
}

/** It runs. */
export interface CollectorCore {
  readonly state: StateHolder;
  readonly findings: Findings;
  readonly cluster: ClusterHolder;
  readonly longhorn: LonghornHolder;
  readonly world: World;
  /** Rules that threw, and observations or parts of them that were not taken. */
  readonly troubles: readonly string[];
  /** An agent came; gives the hashes of facts that are held of it, by probe. */
  connect(hello: Hello): Promise<ReadonlyMap<string, string>>;
  disconnect(hello: Pick<Hello, "nodeName" | "epoch">, goodbye: string | undefined): void;
  /** Takes a report; gives the probes of which the facts are to be sent whole. */
  take(hello: Pick<Hello, "nodeName" | "epoch">, report: Report): readonly string[];
  /** Writes what was taken; gives the sequences that are acknowledged by it, by node. */
  commit(): Promise<ReadonlyMap<string, readonly number[]>>;
  /** What the reconcilers would do now. */
  plan(): readonly PlannedStep[];
  /** Waits until all that is being written is written. */
  written(): Promise<void>;
  /** Ends it in order. */
  stop(): Promise<void>;
  /** Ends it in the middle: what is not on the disk by now never gets there. */
  kill(): Promise<void>;
}

const resolvedFindings = 1_000;

/** Starts it. */
export async function startCore({ directory, house, clock, onNotice }: CoreOptions): Promise<CollectorCore> {
  const logger = createLogger("week", "silent");
  const random = (): number => 0.5;
  const metrics = createMetrics();
  const troubles: string[] = [];
  const evaluation = { ...metrics.evaluation, ruleFailed: (rule: string) => void troubles.push(`rule ${rule} threw`) };
  const taking = {
    ...metrics.ingest,
    observationRejected: (reason: string) => void troubles.push(`rejected: ${reason}`),
    partDropped: (reason: string) => void troubles.push(`part dropped: ${reason}`),
  };
  const disk = await openStore({ directory, clock: systemClock, logger });
  const { store, written, cut } = watchedStore(disk);

  const restored = await store.restore();
  const past = await store.listFindings({ node: undefined, includeResolved: true, limit: resolvedFindings });
  const state = createStateHolder(restoreNodes(restored.nodes, restored.observations, restored.inventories));
  const { cluster, longhorn } = house.holders(clock.wallMs());
  const listening = createListening();
  const watching = watchClock({ clock, random, listening, logger });
  const common = { state, store, clock, random, logger };
  const engine = createEngine({
    ...{ ...common, rules, listening, metrics: evaluation },
    restored: restored.findings.filter(({ node }) => node !== noNode),
    resolved: past.filter((finding) => finding.state === "resolved"),
  });
  const advice = openClusterAdvice({
    ...{ ...common, cluster, metrics: evaluation, hasCluster: true, wildcardName: () => undefined },
    storage: () => ({
      longhorn: longhornFacts(longhorn, clock.wallMs()),
      ...{ backups: house.backups(clock.wallMs()), maximumBackupAgeMs: builtInPolicy.backups.maximumAgeMs },
    }),
    restored: restored.findings.filter(({ node }) => node === noNode),
  });
  const attention = await createAttention({
    ...{ store, clock, random, logger, findings: joinFindings(engine, advice) },
    nodes: () => [...new Set([...state.nodes(), ...cluster.nodes()].map(({ name }) => name))],
    rules: [...rules, ...clusterRules].map(({ code }) => code),
  });
  const { findings } = attention;
  const notifications = await createNotifications({
    ...{ findings, store, clock, random, logger },
    resolved: past.filter((finding) => finding.state === "resolved"),
    // As they are by default: what is high, and advice once.
    source: {
      current: { externalUrl: undefined, heartbeat: undefined, channels: [aChannel()] },
      problems: () => [],
      onChanged: () => ({ [Symbol.dispose]: () => undefined }),
    },
    createChannel: () => ({
      async deliver(notice) {
        onNotice(notice);
        return delivered;
      },
    }),
    obstacles: async () => [],
    metrics: { attempted: () => undefined, heartbeat: () => undefined },
  });

  const progress = createProgressTable();
  const heldFacts = createHeldFactsTable();
  for (const { node, observation } of restored.observations) {
    if (observation.body.case !== "full") continue;
    const facts = observation.body.value;
    heldFacts.hold(node, observation.probe, observation.factsHash, { facts, samples: layoutOfChecked(facts.sampleKeys) });
  }
  const records = createNodeRecords(state);
  const intake = createIntake({ ...common, heldFacts, stockTaker: createStockTaker(state), metrics: taking });
  let waiting: CommitItem[] = [];
  listening.open(clock.wallMs());

  const startedAtMs = clock.wallMs();
  const world: World = {
    ...{ startedAtMs, policy: builtInPolicy, cluster, longhorn, routing: noRouting, services: noServices },
    decisions: { approval: { planHash: "0", by: "ana", atMs: startedAtMs }, overrides: [] },
    get nowMs() {
      return clock.wallMs();
    },
    node: (name) => state.node(name),
    findings: (name) => engine.ofNode(name),
    isEvaluated: (name) => engine.isEvaluated(name),
    isReady: () => true,
    isInMaintenance: (name) => attention.isInMaintenance(name),
  };
  const reconcilers = createReconcilers({
    client: noClient,
    ...{ policy: { current: builtInPolicy }, cluster, longhorn, longhornNamespace: "longhorn-system", clock },
    ...{ namespace: "nodekeeper", services: noServices },
  });

  async function end(): Promise<void> {
    await notifications[Symbol.asyncDispose]();
    await attention[Symbol.asyncDispose]();
    await engine[Symbol.asyncDispose]();
    await advice[Symbol.asyncDispose]();
    await watching[Symbol.asyncDispose]();
  }

  async function commit(): Promise<ReadonlyMap<string, readonly number[]>> {
    records.markHeard();
    const nodes = records.take();
    if (nodes.length > 0) await store.saveNodes(nodes);
    const items = waiting;
    waiting = [];
    await store.commit(items.map(({ stored }) => stored));
    for (const { progress: epoch, stored } of items) {
      epoch.done.add(stored.observation.sequence);
      epoch.inFlight.delete(stored.observation.sequence);
    }
    const byNode = Map.groupBy(items, ({ stored }) => stored.node);
    return new Map([...byNode].map(([node, own]) => [node, own.map(({ stored }) => stored.observation.sequence)]));
  }

  return {
    ...{ state, findings, cluster, longhorn, world, troubles, commit, written },
    async connect(hello) {
      const { nodeName: node, epoch } = hello;
      const atMs = clock.wallMs();
      state.apply({ kind: "connected", node, hello, proof: { state: "proven", by: "cluster" }, atMs });
      records.mark(node);
      const { done } = progress.of(node, epoch);
      for (const { first, last } of await store.committedSpans(node, epoch)) {
        for (let sequence = first; sequence <= last; sequence++) done.add(sequence);
      }
      return new Map(heldFacts.ofNode(node).map(({ probe, hash }) => [probe, hex(hash)]));
    },
    disconnect({ nodeName: node, epoch }, goodbye) {
      state.apply({ kind: "disconnected", node, epoch, goodbye, atMs: clock.wallMs() });
      records.mark(node);
    },
    take({ nodeName, epoch }, report) {
      const own = progress.of(nodeName, epoch);
      const taken = intake({ report, progress: own, receivedAtMs: clock.wallMs(), bytes: 0 });
      waiting.push(...taken.items);
      return taken.needFull.map(({ probe }) => probe);
    },
    plan() {
      return reconcilers.flatMap((reconciler) =>
        reconciler.keys(world).flatMap((node) => {
          const seen = reconciler.seen(world, node);
          if (seen === undefined) return [];
          const steps = reconciler.plan(reconciler.decide(world, node), seen);
          return steps.map((step) => ({ ...step, node, reconciler: reconciler.name }));
        }),
      );
    },
    async stop() {
      await commit();
      await end();
      await written();
      await disk[Symbol.asyncDispose]();
    },
    async kill() {
      cut();
      await end();
      await settle();
      await disk[Symbol.asyncDispose]();
    },
  };
}

/** Nothing is written to the cluster. */
const noClient = new Proxy({} as never, {
  get: (_, name) => {
    throw new Error(`the week asked the cluster's API: ${String(name)}`);
  },
});

/** The store, of which is known what is being written, and from which everybody can be cut off. */
function watchedStore(disk: Store): { readonly store: Store; written(): Promise<void>; cut(): void } {
  const pending = new Set<Promise<unknown>>();
  let isCut = false;
  const store = new Proxy(disk, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function") return member;
      const isAwaited = name !== "commit" && name !== "saveNodes"; // these are waited for by who asks
      return async (...given: readonly unknown[]) => {
        if (isCut) throw new Error("the process is dead");
        const answer = Promise.resolve(Reflect.apply(member, target, given));
        const settled = answer.then(
          () => undefined,
          () => undefined, // whoever asked is told
        );
        if (isAwaited) pending.add(settled);
        void settled.then(() => pending.delete(settled));
        return answer;
      };
    },
  });
  return {
    store,
    async written() {
      while (pending.size > 0) {
        await Promise.all(pending);
        await settle();
      }
    },
    cut: () => {
      isCut = true;
    },
  };
}
