/** A collector's reconciling half in memory, for tests: time, agents, cluster, people, and a controller that can be stopped and started anew. */

import { createHash } from "node:crypto";
import { Outcome } from "@nodekeeper/proto";
import { AppError, createListeners, createLogger, type Listeners } from "@nodekeeper/shared";
import type { Finding } from "@nodekeeper/shared/api";
import { FakeClock } from "@nodekeeper/shared/test-support";
import { createMetrics, type Metrics } from "../../metrics.ts";
import { noOnboardings } from "../../onboarding/test-support/no-onboardings.ts";
import type { Policy } from "../../policy/policy.ts";
import { unsetSections } from "../../policy/unset-sections.ts";
import { noRouting } from "../../routing/no-routing.ts";
import type { ClusterHolder } from "../../state/cluster/cluster-holder.ts";
import { createClusterHolder } from "../../state/cluster/create-cluster-holder.ts";
import { createStateHolder, type StateHolder } from "../../state/holder.ts";
import { noLonghorn } from "../../state/longhorn/no-longhorn.ts";
import { FakeStore } from "../../test-support/fake-store.ts";
import { list, observation } from "../../test-support/observations.ts";
import { hello } from "../../test-support/states.ts";
import type { Controller } from "../controller/controller.ts";
import { createController } from "../controller/create-controller.ts";
import type { ControllerLimits } from "../controller/limits.ts";
import type { Decisions, Override } from "../decisions/decisions.ts";
import { noServices } from "../endpoints/service-objects.ts";
import type { MayWrite } from "../may-write.ts";
import type { World } from "../world.ts";
import { FakeNodes } from "./fake-nodes.ts";
import { createFakeReconciler, type FakeReconciler } from "./fake-reconciler.ts";

/** A minute, in which agents report disks. */
export const minuteMs = 60_000;

/** A policy with rules for these disks. */
export function aPolicy(keys: readonly string[], overrides: Partial<Policy> = {}): Policy {
  const rule = (key: string) => ({
    key,
    value: { text: key, place: "test", evaluate: () => ({ kind: "undecided" as const, reason: "not asked", reads: [] }) },
  });
  return {
    ...{ source: "test", hash: keys.join(), domain: "d", labels: keys.map(rule), taints: [], conditions: [] },
    modes: { describe: "enforce", restrict: "enforce", move: "plan" },
    dwell: { changeMs: minuteMs, removeMs: 15 * minuteMs },
    advice: { wildcardName: undefined },
    ...unsetSections,
    ...overrides,
  };
}

/** What an agent says of its disks: by id, their models. */
export interface ToldDisks {
  readonly [id: string]: string;
}

/** The scene. It begins approved, with a policy for the disks a and b, and an empty cluster that was listed. */
export class ReconcileScene {
  readonly clock: FakeClock = new FakeClock();
  readonly store: FakeStore = new FakeStore();
  readonly state: StateHolder = createStateHolder([]);
  readonly cluster: ClusterHolder = createClusterHolder();
  readonly nodes: FakeNodes = new FakeNodes(this.cluster, () => this.clock.wallMs());
  readonly reconciler: FakeReconciler = createFakeReconciler(this.nodes);
  readonly metrics: Metrics = createMetrics();
  readonly #findings = new Map<string, readonly Finding[]>();
  readonly #findingsTold = createListeners<readonly Finding[]>();
  readonly #policyTold = createListeners<undefined>();
  readonly #decisionsTold = createListeners<undefined>();
  readonly #maintenanceTold = createListeners<readonly string[]>();
  readonly #inMaintenance = new Set<string>();
  readonly #guardTold = createListeners<undefined>();
  readonly #limits: Partial<ControllerLimits>;
  #policy: Policy = aPolicy(["a", "b"]);
  #decisions: Decisions | undefined = { approval: { planHash: "0", by: "jochen", atMs: 0 }, overrides: [] };
  #permission: MayWrite = { kind: "yes", signal: new AbortController().signal };
  #ending = new AbortController();
  #startedAtMs = 0;
  #sequence = 0;
  #controller: Controller | undefined;
  /** How often the guard was asked. */
  asked = 0;

  constructor(limits: Partial<ControllerLimits> = {}) {
    this.#limits = limits;
    this.cluster.replaceAll([], this.clock.wallMs());
  }

  /** With agents that are proven, and Nodes; the controller runs. */
  static async of(names: readonly string[], limits: Partial<ControllerLimits> = {}): Promise<ReconcileScene> {
    const scene = new ReconcileScene(limits);
    for (const name of names) {
      scene.nodes.add(name);
      scene.connect(name);
    }
    await scene.start();
    return scene;
  }

  get controller(): Controller {
    if (this.#controller === undefined) throw new Error("the controller does not run");
    return this.#controller;
  }

  world(): World {
    return {
      nowMs: this.clock.wallMs(),
      startedAtMs: this.#startedAtMs,
      policy: this.#policy,
      decisions: this.#decisions,
      cluster: this.cluster,
      node: (name) => this.state.node(name),
      findings: (name) => this.#findings.get(name) ?? [],
      isEvaluated: () => true,
      ...{ longhorn: noLonghorn, routing: noRouting, services: noServices },
      isInMaintenance: (name) => this.#inMaintenance.has(name),
      isReady: () => false,
    };
  }

  /** A new process: it remembers nothing but what lies outside. */
  async start(): Promise<void> {
    this.#startedAtMs = this.clock.wallMs();
    const told = (listeners: Listeners<undefined>) => ({ onChanged: (listener: () => void) => listeners.add(listener) });
    this.#controller = createController({
      reconcilers: [this.reconciler],
      world: () => this.world(),
      changes: {
        ...{ state: this.state, cluster: this.cluster, longhorn: noLonghorn, onboardings: noOnboardings },
        ...{ routing: noRouting, services: noServices },
        findings: { subscribe: (listener) => this.#findingsTold.add(listener) },
        policy: told(this.#policyTold),
        decisions: told(this.#decisionsTold),
        attention: { onMaintenance: (listener) => this.#maintenanceTold.add(listener) },
      },
      guard: this.#guard(),
      ...{ store: this.store, metrics: this.metrics.reconcile, clock: this.clock, random: () => 0.5, limits: this.#limits },
      logger: createLogger("test", "silent"),
    });
    await this.settle();
  }

  async stop(): Promise<void> {
    await this.#controller?.[Symbol.asyncDispose]();
    this.#controller = undefined;
  }

  /** The process ends in the middle of whatever it does. */
  kill(): void {
    void this.#controller?.[Symbol.asyncDispose]();
    this.#controller = undefined;
  }

  /** Lets everything run that waits for no time. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 4; turn++) await this.clock.advance(0);
  }

  async advance(durationMs: number): Promise<void> {
    await this.clock.advance(durationMs);
    await this.settle();
  }

  connect(name: string, isProven = true): void {
    const atMs = this.clock.wallMs();
    const proof = { state: isProven ? "proven" : "unproven", by: "cluster" } as const;
    this.state.apply({ kind: "connected", node: name, hello: hello({ nodeName: name }), proof, atMs });
  }

  /** The agent tells its disks; a list that is not complete hides some. */
  tell(
    name: string,
    disks: ToldDisks,
    { isComplete = true, sample = 0 }: { readonly isComplete?: boolean; readonly sample?: number } = {},
  ): void {
    const subjects = Object.entries(disks).map(([id, model]) => ({
      ...{ kind: "block_device", id, outcome: Outcome.OK },
      value: { case: "blockDevice" as const, value: { name: id, model } },
    }));
    const facts = {
      subjects,
      lists: [list("block_device", isComplete)],
      sampleKeys: [{ kind: "block_device", id: "a", name: "reads_completed_total" }],
    };
    const hash = createHash("sha256")
      .update(JSON.stringify([isComplete, disks]))
      .digest()
      .subarray(0, 16);
    this.#observe(name, observation(facts, { factsHash: hash, sampleValues: [sample] }));
  }

  /** The agent could not read its disks. */
  tellFailure(name: string): void {
    this.#observe(
      name,
      observation({}, { outcome: Outcome.FAILED, body: { case: undefined }, failure: { code: "PROBE_TIMEOUT" } }),
    );
  }

  setFindings(name: string, findings: readonly Finding[]): void {
    this.#findings.set(name, findings);
    this.#findingsTold.tell(findings);
  }

  setPolicy(policy: Policy): void {
    this.#policy = policy;
    this.#policyTold.tell(undefined);
  }

  /** Somebody begins to work on a node, or is done. */
  maintain(node: string, isInMaintenance: boolean): void {
    if (isInMaintenance) this.#inMaintenance.add(node);
    else this.#inMaintenance.delete(node);
    this.#maintenanceTold.tell([node]);
  }

  setDecisions(decisions: Decisions | undefined): void {
    this.#decisions = decisions;
    this.#decisionsTold.tell(undefined);
  }

  /** Somebody wants an item otherwise, in place of all overrides before. */
  override(...overrides: readonly Pick<Override, "key" | "item" | "value" | "untilMs">[]): void {
    const atMs = this.clock.wallMs();
    const whole = overrides.map((each) => {
      const isChange = this.nodes.labels(each.key)[each.item] !== each.value;
      return { ...each, reconciler: this.reconciler.name, by: "jochen", reason: "", atMs, isChange };
    });
    this.setDecisions({ approval: this.#decisions?.approval, overrides: whole });
  }

  /** Undefined: it may write. */
  forbid(because: "paused" | "standby" | "unknown" | undefined): void {
    this.#ending.abort(new AppError("ABORTED", "it may not write any more"));
    this.#ending = new AbortController();
    this.#permission =
      because === undefined ? { kind: "yes", signal: this.#ending.signal } : { kind: "no", because, text: `it is ${because}` };
    this.#guardTold.tell(undefined);
  }

  /** What each step that would be taken waits for, e.g. "set d/a: dwell"; "-": nothing. */
  waiting(name: string): readonly string[] {
    const operations = this.controller.picture(this.reconciler.name, name)?.operations ?? [];
    return operations.map(({ operation, waiting }) => `${operation.kind} ${operation.item}: ${waiting?.for ?? "-"}`);
  }

  #guard() {
    const scene = this;
    return {
      async ask(): Promise<MayWrite> {
        scene.asked += 1;
        return scene.#permission;
      },
      get last(): MayWrite {
        return scene.#permission;
      },
      onChanged: (listener: () => void) => scene.#guardTold.add(listener),
    };
  }

  #observe(name: string, told: ReturnType<typeof observation>): void {
    const node = this.state.node(name);
    if (node === undefined) throw new Error(`${name} is not connected`);
    this.#sequence += 1;
    const atMs = this.clock.wallMs();
    this.state.apply({ kind: "contact", node: name, clockSkewMs: 0, losses: [], atMs });
    const times = { observedAtMs: atMs, receivedAtMs: atMs };
    const numbered = { ...told, sequence: this.#sequence };
    this.state.apply({ kind: "observed", node: name, epoch: node.epoch, observation: numbered, ...times });
  }
}
