/** Onboarding as it runs: what waits for people, what is kept over restarts, and whose way it is. */
import { LonghornCheckLevel } from "@nodekeeper/proto";
import { settle } from "@nodekeeper/shared/test-support";
import { describe, expect, it } from "vitest";
import { aClusterNodeOf, OnboardingScene, planned } from "../test-support/onboarding-scene.ts";
import { decided } from "./test-support/a-machine.ts";
import { itsLonghornNode, toldLonghornNeeds, toldOllama } from "./test-support/new-machine.ts";

const approval = { for: "approval", text: "nobody has approved a first plan" } as const;
const otherId = "9".repeat(32);

function arrive(scene: OnboardingScene): void {
  scene.joinCluster();
  scene.joinLonghorn();
  scene.connect();
}

function lackIscsid(scene: OnboardingScene): void {
  scene.change({ longhorn: toldLonghornNeeds({ bad: { iscsid: LonghornCheckLevel.ERROR } }) });
}

describe("onboardings", () => {
  it("end at planned where all that is missing waits for an approval, with the command that gives it", async () => {
    await using scene = await OnboardingScene.start();
    scene.plan = { operations: [planned("node-labels", approval), planned("longhorn-disks", approval)], held: [] };
    scene.planHash = "ab12";

    arrive(scene);
    await scene.pass(0);

    expect(scene.neko().state).toBe("planned");
    expect(scene.step("labelled")).toMatchObject({
      ...{ state: "blocked", text: "1 step is planned, and waits for somebody's approval" },
      blockers: [{ code: "awaits-approval", command: "nodekeeper apply ab12", on: "the collector" }],
    });
    scene.plan = { operations: [planned("longhorn-disks", undefined)], held: [] };
    await scene.pass(2_000);
    expect(scene.step("labelled").state).toBe("passed");
    expect(scene.step("disks-tagged")).toMatchObject({ state: "waiting", text: "1 step is to be written" });
    scene.plan = { operations: [], held: [] };
    await scene.pass(2_000);
    expect(scene.neko().state).toBe("ready");
  });

  it("name another hash when the plan is another", async () => {
    await using scene = await OnboardingScene.start();
    scene.plan = { operations: [planned("node-labels", approval)], held: [] };
    scene.planHash = "ab12";
    arrive(scene);
    await scene.pass(0);

    scene.planHash = "cd34";
    await scene.pass(4_000);

    expect(scene.step("labelled").blockers[0]?.command).toBe("nodekeeper apply cd34");
  });

  it("are told of once a turn, each change of a machine, and of names that nobody bears any more", async () => {
    await using scene = await OnboardingScene.start();
    const told: string[] = [];
    using _ = scene.onboardings.subscribe((changed, gone) => {
      told.push(...changed.map(({ node, state }) => `${node} ${state}`), ...gone.map((node) => `${node} gone`));
    });
    lackIscsid(scene);

    arrive(scene);
    await settle();
    scene.cluster.replaceAll([], scene.clock.wallMs());
    scene.disconnect();
    scene.state.apply({ kind: "retired", node: "neko" });
    await settle();

    expect(told).toEqual(expect.arrayContaining(["neko blocked", "panther onboarding", "neko gone", "panther gone"]));
    expect(told.filter((line) => line === "neko blocked")).toHaveLength(1);
    expect(scene.onboardings.all()).toEqual([]);
    expect(scene.onboardings.of("neko")).toBeUndefined();
  });

  it("go on after a restart with the times that they had, and lose nothing by what is not heard yet", async () => {
    await using scene = await OnboardingScene.start();
    lackIscsid(scene);
    arrive(scene);
    await scene.pass(5_000);
    const before = scene.neko();

    await scene.restart();
    await scene.pass(30_000); // the agent is still connected to the process before
    const after = scene.neko();

    expect(after.startedAt).toBe(before.startedAt);
    expect(after.steps.slice(0, 4)).toEqual(before.steps.slice(0, 4));
    expect(scene.store.onboardingsByNode.get("neko")).toMatchObject({ current: { nodeUid: "uid-neko" } });
    scene.change({ longhorn: toldLonghornNeeds({}) });
    scene.connect();
    await scene.pass(0);
    expect(scene.neko()).toMatchObject({ state: "ready", startedAt: before.startedAt });
  });

  it("stay ready over a restart, without being judged again, and begin anew without a database", async () => {
    await using scene = await OnboardingScene.start();
    arrive(scene);
    await scene.pass(2_000);
    const before = scene.neko();

    lackIscsid(scene);
    await scene.restart();
    scene.tell("longhorn");
    await scene.pass(5_000);

    expect(scene.neko()).toEqual(before);
    expect(scene.onboardings.isReady("neko")).toBe(true);
    scene.store.onboardingsByNode.clear();
    await scene.restart();
    scene.connect();
    await scene.pass(0);
    expect(scene.neko()).toMatchObject({ state: "blocked" });
  });

  it("are written again and again until the store takes them", async () => {
    await using scene = await OnboardingScene.start();
    scene.store.fail(Object.assign(new Error("full"), { code: "STORE_FULL" }) as never);
    arrive(scene);
    await scene.pass(10_000);
    expect(scene.store.onboardingsByNode.size).toBe(0);

    scene.store.fail(undefined);
    await scene.pass(2_000);

    expect(scene.store.onboardingsByNode.get("neko")?.current?.onboarding.state).toBe("ready");
  });

  it("begin anew with another machine of the name, and keep the way of the one before", async () => {
    await using scene = await OnboardingScene.start();
    arrive(scene);
    await scene.pass(2_000);
    lackIscsid(scene);

    scene.disconnect();
    scene.connect({ machineId: otherId, epoch: "epoch-1" });
    await scene.pass(0);

    const { state, machineId, past } = scene.neko();
    expect([state, machineId]).toEqual(["blocked", otherId]);
    expect(past).toMatchObject([{ machineId: "1".repeat(32), state: "ready", steps: expect.arrayContaining([]) }]);
    expect(scene.onboardings.isReady("neko")).toBe(false);
    expect(scene.onboardings.all().find(({ node }) => node === "neko")?.past).toBeUndefined();
  });

  it("begin anew with a Node that was made anew under the name", async () => {
    await using scene = await OnboardingScene.start();
    arrive(scene);
    await scene.pass(2_000);
    expect(scene.neko().state).toBe("ready");

    scene.plan = { operations: [planned("node-labels", approval)], held: [] };
    scene.cluster.put(aClusterNodeOf("neko", { uid: "uid-2" }), scene.clock.wallMs());
    await scene.pass(0);

    expect(scene.neko()).toMatchObject({ state: "planned", past: [{ state: "ready" }] });
  });

  it("know a Node without an agent, and say what to do when none comes", async () => {
    await using scene = await OnboardingScene.start();
    scene.joinCluster();
    await scene.pass(50_000);
    expect(scene.neko()).toMatchObject({ state: "onboarding", machineId: "" });
    expect(scene.step("connected").text).toBe("its agent did not come yet");

    await scene.pass(14_000);

    expect(scene.neko().state).toBe("blocked");
    expect(scene.step("connected").blockers).toMatchObject([
      { code: "no-agent", on: "a machine with kubectl", command: expect.stringContaining("spec.nodeName=neko") },
    ]);
  });

  it("are quiet about a Node that is to have no agent by the policy", async () => {
    await using scene = await OnboardingScene.start({
      policy: { onboarding: { skip: [], agent: decided(false), longhorn: undefined } },
    });
    scene.joinCluster();
    scene.joinLonghorn();
    await scene.pass(120_000);

    expect(scene.neko().state).toBe("ready");
    expect(scene.step("connected")).toMatchObject({
      ...{ state: "not-needed", text: "the policy wants no agent on it (onboarding.agent)", blockers: [] },
    });
  });

  it("wait for an agent where the policy cannot tell whether one is wanted", async () => {
    await using scene = await OnboardingScene.start({
      policy: { onboarding: { skip: [], agent: decided(undefined), longhorn: undefined } },
    });
    scene.joinCluster();
    await scene.pass(120_000);

    expect(scene.step("connected").blockers.map(({ code }) => code)).toEqual(["no-agent"]);
  });

  it("leave out what does not concern a machine outside of the cluster", async () => {
    await using scene = await OnboardingScene.start({ hasCluster: false });
    scene.connect();
    await scene.pass(0);

    expect(scene.neko().state).toBe("ready");
    const states = Object.fromEntries(scene.neko().steps.map(({ name, state }) => [name, state]));
    expect(states).toMatchObject({ preflight: "passed", labelled: "not-needed", "disks-tagged": "not-needed", routed: "passed" });
  });

  it("take a step that the policy skips for done", async () => {
    await using scene = await OnboardingScene.start({
      policy: { onboarding: { skip: ["preflight"], agent: undefined, longhorn: undefined } },
    });
    lackIscsid(scene);

    arrive(scene);
    await scene.pass(0);

    expect(scene.step("preflight")).toMatchObject({ state: "skipped", skippedBy: "the policy" });
    expect(scene.neko().state).toBe("ready");
  });

  it("skip a step that somebody names, with the reason, and no step without which nothing is known", async () => {
    await using scene = await OnboardingScene.start();
    scene.change({ ollama: toldOllama({ isReached: false }) });
    arrive(scene);
    await scene.pass(0);
    expect(scene.step("routed").blockers).toMatchObject([{ code: "ollama-unreachable" }]);
    const skip = (node: string, step: "routed" | "seen" | "preflight") =>
      scene.onboardings.skip(node, { step, reason: "it is for tests", by: "mika" });

    await expect(skip("nekoo", "routed")).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: expect.stringContaining('did you mean "neko"'),
    });
    await expect(skip("neko", "seen")).rejects.toMatchObject({ code: "CONFLICT" });
    await expect(skip("neko", "preflight")).rejects.toMatchObject({ code: "CONFLICT" });
    const after = await skip("neko", "routed");

    expect(after.state).toBe("ready");
    expect(after.steps.find(({ name }) => name === "routed")).toMatchObject({
      ...{ state: "skipped", skippedBy: "mika", text: "mika said that it may stay undone: it is for tests" },
    });
    await scene.restart();
    expect(scene.step("routed").skippedBy).toBe("mika");
  });

  it("look again at once when somebody asks for it", async () => {
    await using scene = await OnboardingScene.start();
    lackIscsid(scene);
    arrive(scene);
    await scene.pass(300);
    scene.change({ longhorn: toldLonghornNeeds({}) });

    const now = await scene.onboardings.retry("neko");
    await scene.pass(1_300);

    expect(now.state).toBe("blocked");
    expect(scene.asked).toEqual([["longhorn"]]);
    expect(scene.neko().state).toBe("ready");
    await expect(scene.onboardings.retry("nobody")).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("take back what was passed when something is in the way after all, and not because it is not known", async () => {
    await using scene = await OnboardingScene.start();
    scene.joinCluster();
    scene.connect();
    await scene.pass(2_000);
    expect(scene.step("preflight").state).toBe("passed");

    scene.disconnect();
    await scene.pass(2_000);
    expect(scene.step("connected").state).toBe("passed");
    scene.connect();
    lackIscsid(scene);
    scene.tell("longhorn");
    scene.longhorn.filled.nodes.put(itsLonghornNode("neko"));
    await scene.pass(0);

    expect(scene.step("preflight").state).toBe("blocked");
    expect(scene.step("disks-tagged")).toMatchObject({ state: "waiting", text: "comes after preflight" });
  });
});
