/** Onboarding by API, stream and command line: the real engine, whose machine, cluster and time are made up. */
import { setTimeout as delay } from "node:timers/promises";
import { LonghornCheckLevel } from "@nodekeeper/proto";
import { Onboarding, OnboardingList, StreamDelta, StreamSnapshot } from "@nodekeeper/shared/api";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { formProblems } from "../../collector/src/api/test-support/expect-body.ts";
import { StreamClient } from "../../collector/src/api/test-support/stream-client.ts";
import { toldLonghornNeeds } from "../../collector/src/onboarding/test-support/new-machine.ts";
import { OnboardingScene } from "../../collector/src/test-support/onboarding-scene.ts";
import { runCli } from "../../packages/cli/src/run-cli.ts";
import { type AllDoors, json, openAllDoors, problemOf } from "./all-doors.ts";

/** For a machine that is starved. */
const patience = { timeout: 15_000, interval: 5 };

let scene: OnboardingScene;
let doors: AllDoors;

beforeEach(async () => {
  scene = await OnboardingScene.start();
  scene.change({ longhorn: toldLonghornNeeds({ bad: { iscsid: LonghornCheckLevel.ERROR } }) });
  scene.joinCluster();
  scene.joinLonghorn();
  scene.connect();
  await scene.pass(0);
  doors = await openAllDoors({ onboardings: scene.onboardings, limits: { minimumIntervalMs: 10 } });
});

afterEach(async () => {
  await doors[Symbol.asyncDispose]();
  await scene[Symbol.asyncDispose]();
});

async function cli(...args: readonly string[]) {
  let out = "";
  let error = "";
  const exitCode = await runCli({
    ...{ args: [...args, "--socket", doors.socketPath], env: { NO_COLOR: "1" }, isTerminal: true, columns: 80 },
    ...{ nowMs: scene.clock.wallMs(), signal: new AbortController().signal },
    writeOut: (text) => {
      out += text;
    },
    writeError: (text) => {
      error += text;
    },
  });
  return { out, error, exitCode };
}

const retryPath = "/api/v1/onboarding/neko/retry";
const skipPath = "/api/v1/onboarding/neko/skip";

describe("the API of onboarding", () => {
  it("lists machines, by state where asked, and shows one", async () => {
    const all = JSON.parse((await doors.ask("local", "/api/v1/onboarding")).text);
    const blocked = JSON.parse((await doors.ask("local", "/api/v1/onboarding?state=blocked,planned")).text);
    const one = JSON.parse((await doors.ask("local", "/api/v1/nodes/neko/onboarding")).text);

    expect(formProblems(OnboardingList, all)).toEqual([]);
    expect(formProblems(Onboarding, one)).toEqual([]);
    expect(all.machines.map(({ node }: Onboarding) => node)).toEqual(["bobcat", "neko", "panther"]);
    expect(blocked.machines).toEqual([one]);
    expect(problemOf(await doors.ask("local", "/api/v1/nodes/nekoo/onboarding"))).toMatchObject({
      ...{ status: 404, code: "NOT_FOUND" },
      detail: expect.stringContaining('did you mean "neko"'),
    });
  });

  it("lets admins alone retry and skip, and writes down who did", async () => {
    const skip = json({ step: "preflight", reason: "iscsid comes on Friday" });

    expect((await doors.ask("local", retryPath, { method: "POST" })).status).toBe(403);
    expect((await doors.ask("local", skipPath, skip)).status).toBe(403);
    expect((await doors.ask("admin", retryPath, { method: "POST" })).status).toBe(200);
    expect(problemOf(await doors.ask("admin", skipPath, json({ step: "seen" })))).toMatchObject({
      status: 409,
      code: "CONFLICT",
    });
    const skipped = await doors.ask("admin", skipPath, skip);

    expect(JSON.parse(skipped.text)).toMatchObject({ node: "neko", state: "ready" });
    expect(scene.asked).toEqual([["longhorn"]]);
    expect(doors.api.store.audit.map(({ action, outcome, detail }) => [action, outcome, detail])).toEqual([
      ["onboarding.retry", "refused", expect.stringContaining("FORBIDDEN")],
      ["onboarding.skip", "refused", expect.stringContaining("FORBIDDEN")],
      ["onboarding.retry", "done", "it is blocked"],
      ["onboarding.skip", "failed", expect.stringContaining("CONFLICT: seen cannot be skipped")],
      ["onboarding.skip", "done", "preflight: iscsid comes on Friday"],
    ]);
    expect(doors.api.store.audit.at(-1)?.target).toEqual({ kind: "node", name: "neko" });
  });

  it("is told live: who is on the way at first, then who comes on, and who is gone", async () => {
    const client = new StreamClient(doors.api.server.url);
    await client.open();
    await vi.waitFor(() => expect(client.messages).toHaveLength(1), patience);

    scene.change({ longhorn: toldLonghornNeeds({}) });
    scene.tell("longhorn");
    await scene.pass(0);
    await vi.waitFor(() => expect(client.messages.length).toBeGreaterThan(1), patience);
    await delay(50);
    scene.cluster.remove("panther", scene.clock.wallMs());
    await scene.pass(0);
    await vi.waitFor(() => expect(client.messages.some((message) => "removedOnboardings" in message)).toBe(true), patience);
    client.drop();

    const [first, second] = client.messages;
    expect([formProblems(StreamSnapshot, first), formProblems(StreamDelta, second)]).toEqual([[], []]);
    expect(first?.onboardings?.map(({ node, state }) => `${node} ${state}`)).toEqual(
      expect.arrayContaining(["neko blocked", "panther onboarding"]),
    );
    expect(second?.onboardings?.map(({ node, state }) => `${node} ${state}`)).toEqual(["neko ready"]);
    expect(client.messages.at(-1)).toMatchObject({ removedOnboardings: ["panther"] });
    const later = new StreamClient(doors.api.server.url);
    await later.open();
    await vi.waitFor(() => expect(later.messages).toHaveLength(1), patience);
    later.drop();
    expect(later.messages[0]?.onboardings?.map(({ node }) => node)).toEqual(["bobcat"]);
  });
});

describe("nodekeeper onboard", () => {
  it("shows all machines, and alone on its line what mends the one that is blocked", async () => {
    const { out, exitCode } = await cli("onboard");

    expect(out.split("\n")).toEqual([
      "MACHINE  STATE       STEP       SINCE  WHAT",
      "bobcat   onboarding  connected  now    its agent did not come yet",
      "neko     blocked     preflight  now    iscsid is not well: Longhorn does not wo…",
      "panther  onboarding  connected  now    its agent did not come yet",
      "",
      "neko: iscsid is not well: Longhorn does not work so (no-iscsid)",
      "on the node:",
      "",
      "    systemctl enable --now iscsid",
      "",
    ]);
    expect(exitCode).toBe(1);
  });

  it("shows one, as text and as JSON", async () => {
    const text = await cli("onboard", "status", "neko");
    const body = await cli("onboard", "neko", "--json");

    expect(text.out).toContain("neko  blocked at preflight, for 0 s");
    expect(text.out).toContain("  ✓ inventory       0.0 s  its 9 probes have told what it is made of");
    expect(JSON.parse(body.out)).toMatchObject({ node: "neko", state: "blocked" });
    expect((await cli("onboard", "nekoo")).exitCode).toBe(66);
  });

  it("retries, and skips with a reason", async () => {
    const retried = await cli("onboard", "retry", "neko");
    const mistyped = await cli("onboard", "skip", "neko", "prefligth");
    const skipped = await cli("onboard", "skip", "neko", "preflight", "--reason", "it is a test");

    expect(retried.out).toContain("asked: its agent looks again");
    expect(mistyped).toMatchObject({ exitCode: 64, error: expect.stringContaining('did you mean "preflight"') });
    expect(skipped.out).toContain("skipped: preflight of neko may stay undone");
    expect(skipped.out.replaceAll(/\s+/g, " ")).toMatch(/ - preflight \S.* said that it may stay undone: it is a test /);
    expect(scene.neko().state).toBe("ready");
  });
});
