/** A node and the engine over it, through whatever agents, networks and collectors do: what is told of its findings is written down. */
import { create } from "@bufbuild/protobuf";
import { type Observation, Outcome, SubjectSchema } from "@nodekeeper/proto";
import { createLogger } from "@nodekeeper/shared";
import type { Finding } from "@nodekeeper/shared/api";
import { FakeClock, settle } from "@nodekeeper/shared/test-support";
import { diskNearlyFull } from "../../rules/disk-nearly-full.ts";
import { nvmeCriticalWarning } from "../../rules/nvme-critical-warning.ts";
import type { ObservedEvent } from "../../state/event.ts";
import { createStateHolder, type StateHolder } from "../../state/holder.ts";
import { createListening } from "../../state/listening.ts";
import { isFreshAndOk } from "../../state/node-view.ts";
import { restoreNodes } from "../../state/restore.ts";
import { FakeStore } from "../../test-support/fake-store.ts";
import { factsHash, list, observation } from "../../test-support/observations.ts";
import { connectedNode, hello, startMs } from "../../test-support/states.ts";
import { createEngine, type Engine } from "../engine.ts";
import type { Rule, Verdict } from "../rule.ts";

/** How bad a thing is: well, between the two thresholds, ill; or nobody can tell, or it is not there. */
export type Level = 0 | 1 | 2 | "failed" | "gone";

/** What one observation says; `isWhole` whether its lists are. */
export interface Told {
  readonly a: Level;
  readonly b: Level;
  readonly disk: 0 | 2;
  readonly filesystem: 0 | 1 | 2;
  readonly isWhole: boolean;
}

/** Something that happened to a finding. */
export interface Turn {
  readonly atMs: number;
  readonly rule: string;
  readonly subject: string;
  /** is told: it fires, and is no consequence of another, for the first time. */
  readonly what: "fires" | "is told" | "resolved";
  /** How much the agent had said by then. */
  readonly toldCount: number;
}

/** How often the node promises a word. */
export const intervalMs = 60_000;
/** What is older is stale, and nothing is concluded from it. */
export const freshMs: number = 3 * intervalMs + 30_000;

/** A disk that is slow for longer than this makes ingest pause its agents. */
const unwrittenMs = 60_000;

/** A rule about sensors, with a lower threshold while it fires. `named` makes its findings consequences by what it says of each, not as a rule. */
export function levelRule(overrides: Partial<Rule>, named: readonly string[] = []): Rule {
  return {
    ...{ code: "too-hot", title: "Too hot", severity: "medium", holdMs: 0, clearMs: 0, dependsOn: [] },
    ...overrides,
    evaluate: (view, firing) =>
      view.subjects
        .filter(({ kind }) => kind === "sensor")
        .map((sensor): Verdict => {
          const subject = { kind: sensor.kind, id: sensor.id };
          if (sensor.outcome === Outcome.ABSENT) return { kind: "clear", subject };
          const level = sensor.samples.get("level");
          if (!isFreshAndOk(sensor) || level === undefined) return { kind: "hold", subject, reason: "not known" };
          const threshold = firing(subject) === undefined ? 2 : 1;
          if (level < threshold) return { kind: "clear", subject };
          return { kind: "raise", subject, text: "it is hot", action: "Cool it.", evidence: [], dependsOn: named };
        }),
  };
}

/** Rules of the product that judge what the scene tells. */
export const realRules: readonly Rule[] = [diskNearlyFull, nvmeCriticalWarning];

/** The scene, which begins connected, with nothing told. One of its rules is "cause", and another "consequence" of it. */
export class LifeScene {
  readonly clock: FakeClock = new FakeClock(startMs);
  readonly turns: Turn[] = [];
  /** What the agent said when it was so. */
  readonly told: { readonly atMs: number; readonly told: Told }[] = [];
  /** Moments at which a consequence was told while its cause fired. */
  readonly breaches: string[] = [];
  readonly #rules: readonly Rule[];
  #store = new FakeStore();
  #state: StateHolder = createStateHolder([connectedNode()]);
  #engine: Engine;
  #sequence = 0;
  /** What the agent observed, in order; of those the store has the first so many. */
  readonly #observed: ObservedEvent[] = [];
  readonly #firing = new Set<string>();
  readonly #toldOf = new Set<string>();

  constructor(rules: readonly Rule[]) {
    this.#rules = rules;
    this.#engine = this.#start([]);
  }

  async advance(ms: number): Promise<void> {
    await this.clock.advance(ms);
    await settle();
  }

  get isConnected(): boolean {
    return this.#state.node("neko")?.connection.kind === "connected";
  }

  /** The agent observes and says it; `agoMs` and `sequence` of one that was made before and comes now. */
  async tell(
    told: Told,
    { agoMs = 0, sequence = this.#sequence + 1 }: { agoMs?: number; sequence?: number } = {},
  ): Promise<void> {
    if (agoMs === 0) this.told.push({ atMs: this.clock.wallMs(), told });
    await this.#take(observationOf(told, sequence), agoMs);
  }

  /** The probe failed as a whole. */
  async fail(): Promise<void> {
    const failure = { code: "PROBE_TIMEOUT", message: "it took too long" };
    const init = { probe: "p", sequence: this.#sequence + 1, intervalMs, outcome: Outcome.FAILED, failure };
    await this.#take(observation({}, { ...init, body: { case: undefined } }), 0);
  }

  async disconnect(): Promise<void> {
    const { epoch } = connectedNode();
    this.#state.apply({ kind: "disconnected", node: "neko", epoch, goodbye: undefined, atMs: this.clock.wallMs() });
    await settle();
  }

  async connect(): Promise<void> {
    this.#state.apply({ kind: "connected", node: "neko", hello: hello(), atMs: this.clock.wallMs() });
    await settle();
  }

  /** Leaves numbers out, as those of what comes later from the spool. */
  skip(count: number): number {
    const first = this.#sequence + 1;
    this.#sequence += count;
    return first;
  }

  /** The collector is killed before it wrote the last observations, and starts after a while; the agent comes back and repeats what is not acknowledged. */
  async restart({ lostCount = 0, downMs = 0 }: { readonly lostCount?: number; readonly downMs?: number }): Promise<void> {
    const open = (await this.#store.restore()).findings;
    const node = this.#state.node("neko");
    if (node === undefined) throw new Error("the node is not known");
    await this.#engine[Symbol.asyncDispose]();
    const nowMs = this.clock.wallMs();
    const youngCount = this.#observed.filter(({ receivedAtMs }) => nowMs - receivedAtMs < unwrittenMs).length;
    const written = this.#observed.slice(0, this.#observed.length - Math.min(lostCount, youngCount));
    await this.clock.advance(downMs);
    const { name, machineId, bootId, epoch, agentVersion, firstSeenAtMs, lastContactAtMs } = node;
    const remembered = { name, machineId, bootId, epoch, agentVersion, firstSeenAtMs, lastContactAtMs };
    this.#store = new FakeStore();
    await this.#store.saveFindings(open);
    this.#state = createStateHolder(restoreNodes([remembered], latestOf(written)));
    this.#engine = this.#start(open);
    if (node.connection.kind === "connected") await this.connect();
    for (const event of this.#observed.slice(written.length)) this.#state.apply(event);
    if (node.connection.kind === "connected") this.#hear();
    await settle();
  }

  async end(): Promise<void> {
    await this.#engine[Symbol.asyncDispose]();
  }

  async #take(made: Observation, agoMs: number): Promise<void> {
    this.#sequence = Math.max(this.#sequence, made.sequence);
    const atMs = this.clock.wallMs();
    const { epoch } = connectedNode();
    const event = { node: "neko", epoch, observation: made, observedAtMs: atMs - agoMs, receivedAtMs: atMs } as const;
    this.#observed.push({ kind: "observed", ...event });
    this.#hear();
    this.#state.apply({ kind: "observed", ...event });
    await settle();
  }

  /** A report came, whatever is in it. */
  #hear(): void {
    this.#state.apply({ kind: "contact", node: "neko", clockSkewMs: 0, losses: [], atMs: this.clock.wallMs() });
  }

  #start(restored: readonly Finding[]): Engine {
    const listening = createListening();
    listening.open(this.clock.wallMs());
    const engine = createEngine({
      ...{ rules: this.#rules, state: this.#state, listening, store: this.#store, clock: this.clock, random: () => 0.5 },
      ...{ restored, resolved: [], logger: createLogger("test", "silent") },
      metrics: { nodeEvaluated: () => undefined, ruleFailed: (rule) => this.breaches.push(`${rule} threw`) },
    });
    engine.subscribe((changed) => {
      for (const finding of changed) this.#note(finding, engine.ofNode("neko"));
    });
    return engine;
  }

  #note({ id, rule, subject, state, firingSince, suppressedBy }: Finding, open: readonly Finding[]): void {
    const isConsequence = suppressedBy !== undefined;
    const turn = { atMs: this.clock.wallMs(), rule, subject: `${subject.kind}/${subject.id}`, toldCount: this.told.length };
    if (state === "firing" && !this.#firing.has(id)) this.turns.push({ ...turn, what: "fires" });
    if (state === "firing") this.#firing.add(id);
    if (state === "firing" && !isConsequence && !this.#toldOf.has(id)) {
      this.#toldOf.add(id);
      this.turns.push({ ...turn, what: "is told" });
      const hasCause = open.some((other) => other.rule === "cause" && other.state === "firing");
      if (rule === "consequence" && hasCause) this.breaches.push(`${id} was told while its cause fired`);
    }
    if (state === "resolved" && firingSince !== undefined) this.turns.push({ ...turn, what: "resolved" });
  }
}

/** The last of each outcome, as the store remembers them: one that succeeded before a later one that did not. */
function latestOf(written: readonly ObservedEvent[]): readonly ObservedEvent[] {
  const inOrder = [...written].sort((a, b) => a.observation.sequence - b.observation.sequence);
  const last = inOrder.at(-1);
  const lastGood = inOrder.findLast(({ observation: { outcome } }) => outcome === Outcome.OK);
  return [...new Set([lastGood, last])].filter((each) => each !== undefined);
}

function observationOf({ a, b, disk, filesystem, isWhole }: Told, sequence: number): Observation {
  const sensors = Object.entries({ a, b }).filter(([, level]) => level !== "gone");
  const used = [50, 83, 96][filesystem] ?? 0;
  const subjects = [
    ...sensors.map(([id, level]) =>
      level === "failed"
        ? create(SubjectSchema, { kind: "sensor", id, outcome: Outcome.FAILED, failure: { code: "HOST_READ_FAILED" } })
        : create(SubjectSchema, { kind: "sensor", id, outcome: Outcome.OK, value: { case: "sensor", value: { chip: id } } }),
    ),
    create(SubjectSchema, {
      ...{ kind: "filesystem", id: "/", outcome: Outcome.OK },
      value: { case: "filesystem", value: { mountPoint: "/", isReadOnly: false, isRemote: false } },
    }),
    create(SubjectSchema, {
      ...{ kind: "disk_health", id: "nvme", outcome: Outcome.OK },
      value: {
        case: "diskHealth",
        value: { device: "/dev/nvme0", protocol: "NVMe", nvme: { criticalWarning: disk === 2 ? 4 : 0 } },
      },
    }),
  ];
  const sampleKeys = [
    ...sensors.map(([id]) => ({ kind: "sensor", id, name: "level" })),
    { kind: "filesystem", id: "/", name: "used_bytes" },
    { kind: "filesystem", id: "/", name: "available_bytes" },
  ];
  const sampleValues = [...sensors.map(([, level]) => (typeof level === "number" ? level : Number.NaN)), used, 100 - used];
  const facts = { subjects, lists: [list("sensor", isWhole), list("disk_health", true), list("filesystem", true)], sampleKeys };
  return observation(facts, {
    probe: "p",
    sequence,
    intervalMs,
    sampleValues,
    factsHash: factsHash(JSON.stringify([a, b, disk, isWhole])),
  });
}
