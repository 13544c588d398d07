import { AppError, createLogger } from "@nodekeeper/shared";
import type { Finding } from "@nodekeeper/shared/api";
import { FakeClock, settle } from "@nodekeeper/shared/test-support";
import { describe, expect, it } from "vitest";
import { createStateHolder } from "../state/holder.ts";
import { createListening } from "../state/listening.ts";
import { FakeStore } from "../test-support/fake-store.ts";
import { aFinding, aRule, cleared, held, raised } from "../test-support/rules.ts";
import { connectedNode, hello, startMs } from "../test-support/states.ts";
import { createEngine } from "./engine.ts";
import type { Rule, Verdict } from "./rule.ts";

const declared = raised({ isDeclared: true });

/** An engine over nodes neko and bobcat, with one rule whose verdict the test sets. */
function anEngine(
  options: { rule?: Partial<Rule>; restored?: readonly Finding[]; resolved?: readonly Finding[]; verdict?: Verdict } = {},
) {
  const clock = new FakeClock(startMs);
  const store = new FakeStore();
  const state = createStateHolder([connectedNode(), connectedNode(startMs, { nodeName: "bobcat" })]);
  const listening = createListening();
  listening.open(startMs);
  const said: { verdict: Verdict } = { verdict: options.verdict ?? held };
  const asked: string[] = [];
  const rule: Rule = {
    ...aRule(() => [], options.rule),
    evaluate(view) {
      asked.push(view.node.name);
      return view.node.name === "neko" ? [said.verdict] : [];
    },
  };
  const engine = createEngine({
    ...{ state, listening, store, clock, random: () => 0.5, logger: createLogger("test", "silent") },
    rules: [rule],
    restored: options.restored ?? [],
    resolved: options.resolved ?? [],
    metrics: { nodeEvaluated: () => undefined, ruleFailed: () => undefined },
  });
  const heard: Finding[][] = [];
  engine.subscribe((changed) => heard.push([...changed]));
  return { clock, store, state, engine, said, asked, heard, touch };

  async function touch(node: string): Promise<void> {
    state.apply({ kind: "contact", node, clockSkewMs: 0, losses: [], atMs: clock.wallMs() });
    await settle();
  }
}

describe("the engine", () => {
  it("ends the findings of a node that is retired, and knows nothing of it any more", async () => {
    const { engine, state, store, heard, touch, clock, said } = anEngine({ verdict: declared });
    await touch("neko");
    await clock.advance(1);
    const before = engine.ofNode("neko").map((finding) => finding.state);
    said.verdict = held;
    state.apply({ kind: "disconnected", node: "neko", epoch: "epoch-1", goodbye: undefined, atMs: clock.wallMs() });

    state.apply({ kind: "retired", node: "neko" });
    await settle();
    await engine[Symbol.asyncDispose]();

    expect(before).toEqual(["firing"]);
    expect(engine.all()).toEqual([]);
    expect(engine.recoveredAtMs("neko")).toBeUndefined();
    expect(heard.at(-1)).toMatchObject([{ node: "neko", state: "resolved" }]);
    expect([...store.findings.values()]).toMatchObject([{ node: "neko", state: "resolved" }]);
  });

  it("asks about a node when its state changed, and about no other", async () => {
    const { engine, asked, touch, clock } = anEngine();
    await clock.advance(1);
    asked.length = 0;

    await touch("bobcat");

    expect(asked).toEqual(["bobcat"]);
    await engine[Symbol.asyncDispose]();
  });

  it("tells and keeps what fires, and tells a resolved finding once", async () => {
    const { engine, said, touch, heard, store } = anEngine({ rule: { clearMs: 0 } });
    said.verdict = declared;
    await touch("neko");
    const firing = [...engine.all()];
    said.verdict = cleared;
    await touch("neko");
    await touch("neko");
    await engine[Symbol.asyncDispose]();

    expect(firing).toMatchObject([{ node: "neko", state: "firing" }]);
    expect(engine.all()).toEqual([]);
    expect(heard.flat().map((finding) => finding.state)).toEqual(["firing", "resolved"]);
    expect([...store.findings.values()]).toMatchObject([{ state: "resolved" }]);
    expect(engine.recoveredAtMs("neko")).toBe(startMs);
    expect(engine.recoveredAtMs("bobcat")).toBeUndefined();
  });

  it("lets hold times end though nothing more is heard", async () => {
    const { engine, clock, said, touch } = anEngine();
    said.verdict = raised();
    await touch("neko");
    const before = engine.ofNode("neko").map((finding) => finding.state);

    await clock.advance(65_000);

    expect(before).toEqual(["pending"]);
    expect(engine.ofNode("neko").map((finding) => finding.state)).toEqual(["firing"]);
    await engine[Symbol.asyncDispose]();
  });

  it("does not count the time by which the clock was set forward to what lasted", async () => {
    const { engine, clock, said, touch } = anEngine();
    const states = (): readonly string[] => engine.ofNode("neko").map((finding) => finding.state);
    said.verdict = raised();
    await touch("neko");
    clock.jumpWall(8 * 3_600_000);
    await clock.advance(30_000);
    const early = states();
    await clock.advance(35_000);
    const late = states();
    said.verdict = cleared;
    await touch("neko");
    clock.jumpWall(8 * 3_600_000);
    await clock.advance(60_000);
    const clearing = states();
    await clock.advance(65_000);
    await engine[Symbol.asyncDispose]();

    expect([early, late, clearing, states()]).toEqual([["pending"], ["firing"], ["firing"], []]);
  });

  it("looks at silent nodes again and again", async () => {
    const { engine, clock, asked } = anEngine();
    await clock.advance(1);
    asked.length = 0;

    await clock.advance(5 * 60_000);

    expect(asked.filter((name) => name === "bobcat").length).toBeGreaterThanOrEqual(8);
    await engine[Symbol.asyncDispose]();
  });

  it("passes on new words and numbers of a finding, and writes only words", async () => {
    const { engine, said, touch, heard, store } = anEngine();
    const writes: (readonly Finding[])[] = [];
    const save = store.saveFindings.bind(store);
    store.saveFindings = (findings) => {
      writes.push(findings);
      return save(findings);
    };
    said.verdict = { ...declared, evidence: [{ name: "used_percent", value: 90 }] } as Verdict;
    await touch("neko");
    said.verdict = { ...declared, evidence: [{ name: "used_percent", value: 91 }] } as Verdict;
    await touch("neko");
    said.verdict = { ...declared, text: "worse" } as Verdict;
    await touch("neko");
    await engine[Symbol.asyncDispose]();

    expect(heard.flat()).toHaveLength(3);
    expect(new Set(heard.flat().map((finding) => finding.id)).size).toBe(1);
    expect(writes.flat().map((finding) => finding.text)).toEqual(["it is broken", "worse"]);
  });

  it("keeps the findings of before a restart under their names, held until facts speak, and fires none again", async () => {
    const old = aFinding();
    const { engine, said, touch, heard } = anEngine({ restored: [old] });
    const atFirst = engine.ofNode("neko");
    await touch("neko");
    const whileUnknown = engine.ofNode("neko");
    said.verdict = raised();
    await touch("neko");

    expect(atFirst).toEqual([{ ...old, isHeld: true }]);
    expect(whileUnknown).toEqual(atFirst);
    expect(engine.ofNode("neko")).toEqual([old]);
    expect(heard.flat()).toEqual([old]);
    await engine[Symbol.asyncDispose]();
  });

  it("says whether it has looked at a node since it began", async () => {
    const { engine, touch } = anEngine({ restored: [aFinding({ node: "neko" })] });
    const before = [engine.isEvaluated("neko"), engine.isEvaluated("bobcat")];

    await touch("neko");

    expect(before).toEqual([false, false]);
    expect(engine.isEvaluated("neko")).toBe(true);
    expect(engine.isEvaluated("nobody")).toBe(false);
    await engine[Symbol.asyncDispose]();
  });

  it("has looked at what a node just said before it says that it has, and tells of it afterwards", async () => {
    const { engine, state, heard, asked, touch, said, clock } = anEngine();
    await touch("neko");
    said.verdict = declared;
    state.apply({ kind: "contact", node: "neko", clockSkewMs: 0, losses: [], atMs: clock.wallMs() + 1 });

    const isEvaluated = engine.isEvaluated("neko");
    const states = engine.ofNode("neko").map(({ state: each }) => each);
    const before = { heard: heard.length, asked: asked.length };
    engine.isEvaluated("neko");
    const after = { heard: heard.length, asked: asked.length };
    await settle();

    expect([isEvaluated, states, after]).toEqual([true, ["firing"], before]);
    expect(heard.map((changed) => changed.map(({ node, state: each }) => `${node} ${each}`))).toEqual([["neko firing"]]);
    await engine[Symbol.asyncDispose]();
  });

  it("ends findings of rules and nodes that are no more", async () => {
    const ofOldRule = aFinding({ id: "a", rule: "dropped-rule" });
    const ofOldNode = aFinding({ id: "b", node: "gone" });
    const { engine, store } = anEngine({ restored: [ofOldRule, ofOldNode] });

    await engine[Symbol.asyncDispose]();

    expect(engine.all()).toEqual([]);
    expect([...store.findings.values()].map(({ id, state }) => [id, state])).toEqual([
      ["a", "resolved"],
      ["b", "resolved"],
    ]);
  });

  it("ends the findings of a machine when another one bears its name", async () => {
    const { engine, said, touch, state, heard } = anEngine({ verdict: declared });
    await touch("neko");
    said.verdict = held;
    state.apply({ kind: "connected", node: "neko", hello: hello({ machineId: "another" }), atMs: startMs + 1 });
    await settle();

    expect(engine.ofNode("neko")).toEqual([]);
    expect(heard.flat().map((finding) => finding.state)).toEqual(["firing", "resolved"]);
    expect(heard.flat().at(-1)?.resolvedBecause).toMatch(/^the machine was replaced: .*, and another bears its name now$/);
    await engine[Symbol.asyncDispose]();
  });

  it("knows from the past since when a node is well", async () => {
    const low = aFinding({ severity: "low", state: "resolved", resolvedAt: "2026-11-22T11:59:00.000Z" });
    const medium = aFinding({ state: "resolved", resolvedAt: "2026-11-22T11:30:00.000Z" });
    const { engine } = anEngine({ resolved: [low, medium] });

    expect(engine.recoveredAtMs("neko")).toBe(Date.parse("2026-11-22T11:30:00.000Z"));
    await engine[Symbol.asyncDispose]();
  });

  it("keeps trying to write until the store takes it", async () => {
    const { engine, clock, store, touch } = anEngine({ verdict: declared });
    store.fail(new AppError("STORE_FULL", "full"));
    await touch("neko");
    await clock.advance(10_000);
    const during = store.findings.size;
    store.fail(undefined);
    await clock.advance(60_000);

    expect(during).toBe(0);
    expect([...store.findings.values()]).toMatchObject([{ state: "firing" }]);
    await engine[Symbol.asyncDispose]();
  });
});
