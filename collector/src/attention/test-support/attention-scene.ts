/** Decisions over findings that a test makes, with a store in memory and a clock that a test moves. A restart begins anew on what the store has. */
import { createLogger } from "@nodekeeper/shared";
import type { Decision, DecisionRequest, Finding } from "@nodekeeper/shared/api";
import { FakeClock, settle } from "@nodekeeper/shared/test-support";
import { aFinding, FakeFindings } from "../../api/test-support/fake-findings.ts";
import { FakeStore } from "../../test-support/fake-store.ts";
import type { Attention } from "../attention.ts";
import { createAttention } from "../create-attention.ts";

/** The scene. */
export class AttentionScene {
  readonly clock: FakeClock = new FakeClock(Date.UTC(2026, 10, 23, 9));
  readonly store: FakeStore = new FakeStore();
  readonly source: FakeFindings = new FakeFindings();
  readonly nodes: readonly string[] = ["neko", "bobcat"];
  /** Ids of what was told as changed, a list for each time. */
  readonly told: (readonly string[])[] = [];
  readonly maintenance: (readonly string[])[] = [];
  #attention: Attention | undefined;

  get attention(): Attention {
    if (this.#attention === undefined) throw new Error("it was not started");
    return this.#attention;
  }

  static async of(...findings: readonly Finding[]): Promise<AttentionScene> {
    const scene = new AttentionScene();
    for (const finding of findings) scene.put(finding);
    await scene.start();
    return scene;
  }

  async start(): Promise<void> {
    this.#attention = await createAttention({
      ...{
        findings: this.source,
        store: this.store,
        clock: this.clock,
        random: () => 0.5,
        logger: createLogger("test", "silent"),
      },
      nodes: () => this.nodes,
      rules: ["disk-worn", "disk-nearly-full", "etcd-quorum"],
    });
    this.attention.findings.subscribe((changed) => this.told.push(changed.map(({ id }) => id)));
    this.attention.onMaintenance((names) => this.maintenance.push(names));
  }

  /** Killed: nothing more is written by the one before. */
  async restart(): Promise<void> {
    const documents = structuredClone(this.store.documentsByKind);
    await this.attention[Symbol.asyncDispose]();
    this.store.documentsByKind.clear();
    for (const [kind, all] of documents) this.store.documentsByKind.set(kind, all);
    await this.start();
  }

  async stop(): Promise<void> {
    await this.attention[Symbol.asyncDispose]();
  }

  put(finding: Finding): void {
    this.source.put(finding);
  }

  decide(wanted: DecisionRequest, by = "mika"): Promise<Decision> {
    return this.attention.decide(wanted, by);
  }

  /** Of a finding as it is shown: the kinds of decisions that hold, and what follows. */
  standing(id: string): string {
    const finding = this.attention.findings.all().find((each) => each.id === id);
    if (finding === undefined) return "gone";
    const { attention } = finding;
    if (attention === undefined) return "loud";
    return `${attention.decisions.map(({ kind }) => kind).join("+")}${attention.isSetAside ? ", set aside" : ""}`;
  }

  async advance(durationMs: number): Promise<void> {
    await this.clock.advance(durationMs);
    await settle();
  }

  /** Details of what the collector itself wrote into the audit. */
  ended(): readonly string[] {
    return this.store.audit
      .filter(({ actor }) => actor.kind === "collector")
      .map(({ detail }) => detail.replace(/ [0-9a-f]{8} /, " "));
  }
}

/** A worn disk of neko. */
export function worn(level: number, changes: Partial<Finding> = {}): Finding {
  return aFinding("neko", {
    ...{ id: "worn", rule: "disk-worn", severity: "medium", subject: { kind: "disk_health", id: "eui.1" } },
    ...{ measure: { name: "percentage_used", level } },
    ...changes,
  });
}
