import { createLogger } from "@nodekeeper/shared";
import type { Finding } from "@nodekeeper/shared/api";
import { FakeClock, settle } from "@nodekeeper/shared/test-support";
import { describe, expect, it } from "vitest";
import { createClusterHolder } from "../state/cluster/create-cluster-holder.ts";
import { createStateHolder } from "../state/holder.ts";
import { FakeStore } from "../test-support/fake-store.ts";
import { nodeOf } from "../test-support/judge-cluster.ts";
import { aFinding } from "../test-support/rules.ts";
import { connectedNode, hello, startMs } from "../test-support/states.ts";
import { createClusterEngine } from "./cluster-engine.ts";
import type { AgentWord, ClusterRule, ClusterRuleView } from "./cluster-rule.ts";
import { formerAddressEvidence } from "./former-addresses.ts";
import type { Verdict } from "./rule.ts";

const minuteMs = 60_000;
const theCluster = { kind: "cluster", id: "" };
const raised = (subject = theCluster): Verdict => ({
  kind: "raise",
  subject,
  text: "it is ill",
  action: "Mend it.",
  evidence: [],
});
const standing = aFinding({ rule: "ill", id: "ill::cluster:0", node: "", subject: theCluster });

/** An engine with one rule whose verdicts the test sets, and a cluster with the Nodes neko and bobcat that was just listed. */
function anEngine(
  options: { verdicts?: readonly Verdict[]; restored?: readonly Finding[]; hasRules?: boolean; isListed?: boolean } = {},
) {
  const clock = new FakeClock(startMs);
  const store = new FakeStore();
  const cluster = createClusterHolder();
  const state = createStateHolder([connectedNode()]);
  const said = { verdicts: options.verdicts ?? [], throws: false, isWhole: false };
  const views: ClusterRuleView[] = [];
  const failed: string[] = [];
  const rule: ClusterRule = {
    ...{ code: "ill", title: "The cluster is ill", severity: "medium", holdMs: minuteMs, clearMs: minuteMs },
    isWhole: () => said.isWhole,
    evaluate(view) {
      views.push(view);
      if (said.throws) throw new Error("a bug");
      return said.verdicts;
    },
  };
  const list = (...names: readonly string[]): void =>
    cluster.replaceAll(
      names.map((name) => nodeOf(name)),
      clock.wallMs(),
    );
  if (options.isListed !== false) list("neko", "bobcat");
  const engine = createClusterEngine({
    ...{ cluster, state, store, clock, random: () => 0.5, logger: createLogger("test", "silent"), wildcard: () => undefined },
    storage: () => ({ longhorn: undefined, backups: [], maximumBackupAgeMs: 0 }),
    rules: options.hasRules === false ? [] : [rule],
    restored: options.restored ?? [],
    metrics: { ruleFailed: (code) => failed.push(code) },
  });
  const heard: Finding[] = [];
  engine.subscribe((changed) => heard.push(...changed));
  /** Time goes by, and the API server is heard all the while. */
  const pass = async (ms: number): Promise<void> => {
    for (let passedMs = 0; passedMs < ms; passedMs += 5_000) {
      if (cluster.knowledge.kind === "known") cluster.heard(clock.wallMs());
      await clock.advance(5_000);
      await settle();
    }
  };
  return { clock, store, state, cluster, engine, said, views, failed, heard, list, pass };
}

describe("the engine of the cluster", () => {
  it("lets what its rules raise fire after their hold time, without a node's name, and keeps it", async () => {
    const { engine, store, pass } = anEngine({ verdicts: [raised()] });
    await pass(5_000);
    expect(engine.all()).toMatchObject([{ rule: "ill", state: "pending", node: "", subject: theCluster }]);

    await pass(minuteMs);
    await engine[Symbol.asyncDispose]();

    expect(engine.all()).toMatchObject([{ state: "firing", text: "it is ill", isHeld: false }]);
    expect([...store.findings.values()]).toMatchObject([{ node: "", state: "firing" }]);
  });

  it("does not count the time by which the clock was set forward to what lasted", async () => {
    const { engine, clock, pass } = anEngine({ verdicts: [raised()] });
    await pass(5_000);
    clock.jumpWall(8 * 60 * minuteMs);
    await pass(30_000);
    expect(engine.all()).toMatchObject([{ state: "pending" }]);

    await pass(minuteMs);
    await engine[Symbol.asyncDispose]();

    expect(engine.all()).toMatchObject([{ state: "firing" }]);
  });

  it("resolves it after the clear time, and tells of it once", async () => {
    const { engine, heard, said, pass } = anEngine({ verdicts: [raised()] });
    await pass(2 * minuteMs);
    said.verdicts = [{ kind: "clear", subject: theCluster }];

    await pass(2 * minuteMs);
    await engine[Symbol.asyncDispose]();

    expect(engine.all()).toEqual([]);
    expect(heard.filter(({ state }) => state === "resolved")).toMatchObject([{ rule: "ill", node: "" }]);
  });

  it("asks nothing and holds everything before the first complete list, and while the API server is not heard", async () => {
    const { engine, views, clock, cluster, list, pass } = anEngine({ restored: [standing], isListed: false });
    await pass(minuteMs);
    expect(views).toEqual([]);
    expect(engine.all()).toMatchObject([{ state: "firing", isHeld: true }]);

    list("neko");
    await pass(5_000);
    const asked = views.length;
    expect(asked).toBeGreaterThan(0);
    cluster.setProblem("it is away");
    await clock.advance(6 * minuteMs);
    await settle();
    const askedUntilSilent = views.length;
    await clock.advance(6 * minuteMs);
    await settle();
    await engine[Symbol.asyncDispose]();

    expect(views).toHaveLength(askedUntilSilent);
    expect(engine.all()).toMatchObject([{ state: "firing", isHeld: true }]);
  });

  it("clears what was said of a Node that is gone, and holds what a rule says nothing of", async () => {
    const about = (id: string): Verdict => raised({ kind: "node", id });
    const { engine, said, list, pass } = anEngine({ verdicts: [about("neko"), about("bobcat")] });
    await pass(2 * minuteMs);
    said.verdicts = [];

    list("neko");
    await pass(2 * minuteMs);
    await engine[Symbol.asyncDispose]();

    expect(engine.all()).toMatchObject([{ subject: { kind: "node", id: "neko" }, state: "firing", isHeld: true }]);
  });

  it("clears what a rule says nothing of that says something of all that there is", async () => {
    const { engine, said, pass } = anEngine({ verdicts: [raised({ kind: "longhorn-disk", id: "neko/d" })] });
    await pass(2 * minuteMs);
    said.verdicts = [];
    await pass(2 * minuteMs);
    expect(engine.all()).toMatchObject([{ state: "firing", isHeld: true }]);

    said.isWhole = true;
    await pass(2 * minuteMs);
    await engine[Symbol.asyncDispose]();

    expect(engine.all()).toEqual([]);
  });

  it("ends what was found by rules that are no more, as where there is no cluster any more", async () => {
    const { engine, store } = anEngine({ restored: [standing], hasRules: false });
    await engine[Symbol.asyncDispose]();

    expect(engine.all()).toEqual([]);
    expect([...store.findings.values()]).toMatchObject([{ id: standing.id, state: "resolved" }]);
  });

  it("holds the findings of a rule that throws, and counts it", async () => {
    const { engine, said, failed, pass } = anEngine({ verdicts: [raised()] });
    await pass(2 * minuteMs);
    said.throws = true;

    await pass(minuteMs);
    await engine[Symbol.asyncDispose]();

    expect(failed).toContain("ill");
    expect(engine.all()).toMatchObject([{ state: "firing", isHeld: true }]);
  });

  it("looks at a cluster that changes all the time every five seconds, and at one that does not every thirty", async () => {
    const { engine, views, cluster, clock } = anEngine();
    await clock.advance(1);
    views.length = 0;
    for (let second = 1; second <= 60; second += 1) {
      cluster.put(nodeOf("neko", { resourceVersion: `at ${second}` }), clock.wallMs());
      await clock.advance(1_000);
      await settle();
    }
    const whileChanging = views.length;
    await clock.advance(60_000);
    await settle();
    await engine[Symbol.asyncDispose]();

    expect([whileChanging >= 10, whileChanging <= 14]).toEqual([true, true]);
    expect(views.length - whileChanging).toBeLessThanOrEqual(3);
  });

  it("lets rules conclude only from agents that proved to be the Node's machine", async () => {
    const { engine, views, state, cluster, pass } = anEngine();
    const ask = (machineId = ""): AgentWord | undefined =>
      views.at(-1)?.agent(nodeOf("neko", { info: { machineId, bootId: "", kubeletVersion: "" } }), "disks", "block_device");
    await pass(5_000);
    const unproven = ask();
    state.apply({
      ...{ kind: "connected", node: "neko", hello: hello(), atMs: startMs },
      proof: { state: "proven", by: "cluster" },
    });
    cluster.put(nodeOf("neko", { resourceVersion: "2" }), startMs);
    await pass(5_000);

    expect(unproven).toEqual({ kind: "unknown" });
    expect(ask("f".repeat(32))).toEqual({ kind: "unknown" });
    expect(views.at(-1)?.agent(nodeOf("otter"), "disks", "block_device")).toEqual({ kind: "none" });
    await engine[Symbol.asyncDispose]();
  });

  it("remembers the addresses of Nodes that went, until they are another's", async () => {
    const { engine, views, cluster, clock, list, pass } = anEngine();
    await pass(5_000);
    list("neko");
    await pass(5_000);
    const former = new Map(views.at(-1)?.formerAddresses);
    cluster.put(nodeOf("otter", { ip: "100.64.0.6" }), clock.wallMs());
    await pass(5_000);
    await engine[Symbol.asyncDispose]();

    expect([...former]).toMatchObject([["100.64.0.6", { node: "bobcat" }]]);
    expect(views.at(-1)?.formerAddresses.size).toBe(0);
  });

  it("knows of a Node that went before this process began what a finding was made of", async () => {
    const former = { node: "panther", goneSinceMs: startMs - minuteMs };
    const restored = aFinding({ ...standing, evidence: [formerAddressEvidence("100.64.0.9", former)] });
    const { engine, views, pass } = anEngine({ restored: [restored] });
    await pass(5_000);
    await engine[Symbol.asyncDispose]();

    expect([...(views.at(-1)?.formerAddresses ?? [])]).toEqual([["100.64.0.9", former]]);
  });
});
