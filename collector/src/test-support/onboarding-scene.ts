/**
 * The running engine of onboarding with everything around it in memory: a machine that answers when it is asked to look again, as slowly and as seldom
 * as a real agent, a cluster, Longhorn, a plan, and time that tests move.
 */
import { createLogger } from "@nodekeeper/shared";
import type { Onboarding, OnboardingStep, OnboardingStepName, PlannedOperation } from "@nodekeeper/shared/api";
import { FakeClock } from "@nodekeeper/shared/test-support";
import type { NodePlan } from "../onboarding/machine.ts";
import type { Onboardings } from "../onboarding/onboarding.ts";
import { itsLonghornNode, type MachineSays, wellMachine } from "../onboarding/test-support/new-machine.ts";
import { type OnboardingNeeds, openOnboarding } from "../open-onboarding.ts";
import type { Policy } from "../policy/policy.ts";
import { aPolicy } from "../reconcile/test-support/world-of.ts";
import type { ClusterHolder } from "../state/cluster/cluster-holder.ts";
import type { ClusterNode } from "../state/cluster/cluster-node.ts";
import { clusterNodeOf } from "../state/cluster/cluster-node-of.ts";
import { createClusterHolder } from "../state/cluster/create-cluster-holder.ts";
import { createStateHolder, type StateHolder } from "../state/holder.ts";
import { createLonghornHolder, type LonghornHolder } from "../state/longhorn/create-longhorn-holder.ts";
import { createTurnedAway, type TurnedAwayBook } from "../state/turned-away.ts";
import { FakeStore } from "./fake-store.ts";
import { observationOf } from "./judge-machine.ts";
import { hello, startMs } from "./states.ts";

/** What a test may choose. */
export interface SceneInit {
  /** False: the collector knows no cluster. */
  readonly hasCluster?: boolean;
  readonly policy?: Partial<Policy>;
  /** What an earlier process left. */
  readonly store?: FakeStore;
}

/** One machine, "neko", and all that is known of it. */
export class OnboardingScene implements AsyncDisposable {
  readonly clock: FakeClock = new FakeClock(startMs);
  readonly state: StateHolder = createStateHolder([]);
  readonly cluster: ClusterHolder = createClusterHolder();
  readonly longhorn: LonghornHolder = createLonghornHolder();
  readonly turnedAway: TurnedAwayBook = createTurnedAway();
  readonly store: FakeStore;
  /** What its agent would find now. */
  says: MachineSays = wellMachine();
  /** Its clock minus ours. */
  skewMs = 0;
  /** Whether it does what it is asked. */
  isAnswering = true;
  plan: Omit<NodePlan, "hash"> = { operations: [], held: [] };
  planHash = "";
  /** Each time that it was asked to look again. */
  readonly asked: (readonly string[])[] = [];
  readonly readyAfterMs: number[] = [];
  readonly #init: SceneInit;
  readonly #policyListeners = new Set<() => void>();
  readonly #lastRunMs = new Map<string, number>();
  readonly #stopping = new AbortController();
  #policy: Policy;
  #sequence = 0;
  #running: (Onboardings & AsyncDisposable) | undefined;

  constructor(init: SceneInit = {}) {
    this.#init = init;
    this.store = init.store ?? new FakeStore();
    this.#policy = aPolicy(init.policy);
  }

  static async start(init: SceneInit = {}): Promise<OnboardingScene> {
    const scene = new OnboardingScene(init);
    await scene.restart();
    return scene;
  }

  get onboardings(): Onboardings {
    if (this.#running === undefined) throw new Error("it was not started");
    return this.#running;
  }

  /** The collector's process ends, and another goes on with what is stored. What agents said is remembered by neither. */
  async restart(): Promise<void> {
    await this.#running?.[Symbol.asyncDispose]();
    const { clock, state, longhorn, turnedAway, store } = this;
    const needs: OnboardingNeeds = {
      ...{ clock, state, longhorn, turnedAway, store, random: () => 0.5, logger: createLogger("test", "silent") },
      cluster: this.#init.hasCluster === false ? undefined : this.cluster,
      policy: {
        ...{ problems: () => [] },
        current: this.#policy,
        onChanged: (listener) => {
          this.#policyListeners.add(listener);
          return { [Symbol.dispose]: () => void this.#policyListeners.delete(listener) };
        },
      },
      reconciliation: () => ({
        planOf: () => ({
          operations: [...this.plan.operations],
          held: this.plan.held.map((each) => ({ ...each, node: "neko" })),
        }),
        plan: async () => ({ hash: this.planHash, isApproved: false, operations: [], held: [] }),
      }),
      probeNow: (_, probes) => this.#lookAgain(probes),
      metrics: { becameReady: (durationMs) => void this.readyAfterMs.push(durationMs) },
    };
    this.#running = await openOnboarding(needs);
  }

  /** The cluster's Nodes: neko and two others, all on the tailnet unless it is said otherwise. */
  joinCluster(neko: Parameters<typeof aClusterNodeOf>[1] = {}): void {
    const nodes = [
      aClusterNodeOf("neko", neko),
      aClusterNodeOf("panther", { address: "100.64.0.2" }),
      aClusterNodeOf("bobcat", { address: "100.64.0.3" }),
    ];
    this.cluster.replaceAll(nodes, this.clock.wallMs());
    this.longhorn.setKnowledge({ kind: "known", heardAtMs: this.clock.wallMs(), problem: undefined });
  }

  /** Longhorn made a node of it. */
  joinLonghorn(): void {
    this.longhorn.filled.nodes.put(itsLonghornNode("neko"));
  }

  /** Its agent connects and tells all that it finds, as after a start. */
  connect(overrides: Parameters<typeof hello>[0] = {}): void {
    const probes = Object.keys(this.says).map((name) => ({ name, intervalMs: 60_000 }));
    const proof = { state: "proven", by: "cluster" } as const;
    this.state.apply({
      kind: "connected",
      node: "neko",
      hello: hello({ probes, ...overrides }),
      proof,
      atMs: this.clock.wallMs(),
    });
    this.tell(...Object.keys(this.says));
  }

  disconnect(): void {
    this.state.apply({ kind: "disconnected", node: "neko", epoch: "epoch-1", goodbye: undefined, atMs: this.clock.wallMs() });
  }

  /** These probes are run and reported now. */
  tell(...probes: readonly string[]): void {
    const atMs = this.clock.wallMs();
    this.state.apply({ kind: "contact", node: "neko", clockSkewMs: this.skewMs, losses: [], atMs });
    for (const probe of probes) {
      const said = this.says[probe];
      if (said === undefined) continue;
      this.#sequence += 1;
      const observation = observationOf({ ...said, atMs }, this.#sequence);
      this.state.apply({ kind: "observed", node: "neko", epoch: "epoch-1", observation, observedAtMs: atMs, receivedAtMs: atMs });
    }
  }

  /** From now on its agent finds otherwise; nobody tells the collector. */
  change(says: MachineSays): void {
    this.says = { ...this.says, ...says };
  }

  async pass(ms: number): Promise<void> {
    await this.clock.advance(ms);
  }

  neko(): Onboarding {
    const found = this.onboardings.of("neko");
    if (found === undefined) throw new Error("neko is not known");
    return found;
  }

  step(name: OnboardingStepName): OnboardingStep {
    const step = this.neko().steps.find((each) => each.name === name);
    if (step === undefined) throw new Error(`there is no step ${name}`);
    return step;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await this.#running?.[Symbol.asyncDispose]();
  }

  /** As the agent does: not too often each, and a second passes until the run is reported. */
  #lookAgain(probes: readonly string[]): void {
    this.asked.push(probes);
    if (!this.isAnswering) return;
    const nowMs = this.clock.monotonicMs();
    const due = probes.filter((probe) => nowMs - (this.#lastRunMs.get(probe) ?? -60_000) >= (restMs[probe] ?? 3_000));
    for (const probe of due) this.#lastRunMs.set(probe, nowMs);
    this.clock.sleep(reportAfterMs, this.#stopping.signal).then(
      () => this.tell(...due),
      () => undefined, // the test is over
    );
  }
}

/** As agent/src/spool/local-reader.ts. */
const restMs: Readonly<Record<string, number>> = { smart: 5_000, ollama: 5_000, gpu: 10_000 };
const reportAfterMs = 1_200;

let version = 0;

/** A Node, ready and on the tailnet. */
export function aClusterNodeOf(
  name: string,
  {
    address = "100.64.0.9",
    uid = `uid-${name}`,
    labels = {},
  }: { readonly address?: string; readonly uid?: string; readonly labels?: Readonly<Record<string, string>> } = {},
): ClusterNode {
  version += 1; // what has the same one is the same
  const made = clusterNodeOf({
    metadata: { name, uid, resourceVersion: `${version}`, creationTimestamp: new Date(startMs).toISOString(), labels },
    status: { addresses: [{ type: "InternalIP", address }], conditions: [{ type: "Ready", status: "True" }] },
  });
  if (made === undefined) throw new Error("it lacks what every Node has");
  return made;
}

/** A step that waits. */
export function planned(reconciler: string, waiting: PlannedOperation["waiting"]): PlannedOperation {
  return {
    ...{
      reconciler,
      node: "neko",
      item: "nodekeeper.example/gpu",
      kind: "set",
      class: "describe",
      after: "1",
      why: "it has one",
    },
    ...(waiting === undefined ? {} : { waiting }),
  };
}
