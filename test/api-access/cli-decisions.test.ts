/** Decisions about findings on the command line: against a real API. */
import { systemClock } from "@nodekeeper/shared";
import type { DecisionList, Finding } from "@nodekeeper/shared/api";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { aFinding } from "../../collector/src/api/test-support/fake-findings.ts";
import { findingHandle } from "../../packages/cli/src/finding-handle.ts";
import { runCli } from "../../packages/cli/src/run-cli.ts";
import { type AllDoors, openAllDoors } from "./all-doors.ts";

let doors: AllDoors;

beforeEach(async () => {
  doors = await openAllDoors();
});

afterEach(() => doors[Symbol.asyncDispose]());

async function run(args: readonly string[]) {
  let out = "";
  let error = "";
  const exitCode = await runCli({
    ...{ args: [...args, "--socket", doors.socketPath], env: { NO_COLOR: "1" }, isTerminal: true, columns: 140 },
    ...{ nowMs: systemClock.wallMs(), signal: new AbortController().signal },
    writeOut: (text) => {
      out += text;
    },
    writeError: (text) => {
      error += text;
    },
  });
  return { out, error, exitCode };
}

const rootIsFull = aFinding("neko");
const worn = aFinding("neko", {
  ...{ id: "disk-worn:neko:disk_health/eui.1:x", rule: "disk-worn", severity: "medium", text: "eui.1 is worn" },
  subject: { kind: "disk_health", id: "eui.1" },
});
const advice: Finding = {
  ...worn,
  id: "disk-worn:neko:disk_health/eui.2:x",
  severity: "low",
  subject: { kind: "disk_health", id: "eui.2" },
};

const decisions = async (): Promise<DecisionList["decisions"]> =>
  (JSON.parse((await run(["decisions", "--json"])).out) as DecisionList).decisions;

describe("nodekeeper ack", () => {
  it("takes the handle that findings show, says how it is taken back, and shows it where the finding is shown", async () => {
    doors.api.findings.put(worn);
    const before = await run(["findings"]);
    const { out, exitCode } = await run(["ack", findingHandle(worn.id), "--reason", "a new one is ordered"]);
    const [made] = await decisions();
    const after = await run(["findings"]);

    expect(before.out).toContain(`medium  ${findingHandle(worn.id)}  neko  eui.1 is worn`);
    expect(before.exitCode).toBe(1);
    expect(out.split("\n")).toEqual([
      "acknowledged: disk-worn on neko (eui.1), until it gets worse",
      "  eui.1 is worn",
      `taken back by: nodekeeper decisions end ${made?.id}`,
      "",
    ]);
    expect(exitCode).toBe(0);
    expect(after.out).toMatch(/acknowledged by local now: a new one is ordered/);
    expect(after.exitCode).toBe(0);
  });

  it("takes node and rule, and of several says which there are", async () => {
    doors.api.findings.put(worn);
    doors.api.findings.put(rootIsFull);

    const several = await run(["ack", "neko"]);
    const one = await run(["ack", "neko", "disk-worn"]);
    const left = await run(["ack", "neko"]);

    expect(several.error).toContain("neko has 2 open findings: name one of them");
    expect(several.error).toContain(`${findingHandle(worn.id)}  disk-worn: eui.1 is worn`);
    expect(several.exitCode).toBe(64);
    expect([one.exitCode, left.exitCode]).toEqual([0, 0]);
    expect((await decisions()).map(({ scope }) => scope.rule).sort()).toEqual(["disk-nearly-full", "disk-worn"]);
  });

  it.each([
    { args: ["ack", "neku"], says: 'did you mean "neko"?', exitCode: 66 },
    { args: ["ack", "all"], says: "`all` says not which finding", exitCode: 64 },
    { args: ["accept", "all"], says: "accept all RULE", exitCode: 64 },
    { args: ["ack", "neko"], says: "neko has no open finding", exitCode: 66 },
    { args: ["ack", "abcdef"], says: "no open finding has the handle abcdef", exitCode: 66 },
    {
      args: ["maintenance", "neko", "neku", "--for", "1h"],
      says: 'did you mean "neko"?; maintenance is decided for neko (',
      exitCode: 66,
    },
    { args: ["mute", "neko"], says: "--for", exitCode: 64 },
    { args: ["mute", "neko", "disk-wurn", "--for", "1h"], says: 'did you mean "disk-worn"?', exitCode: 66 },
    { args: ["maintenance", "neko", "--for", "1h", "--from", "tonight"], says: "expected a time such as 22:00", exitCode: 64 },
    { args: ["maintenance", "neko", "--for", "1h", "--from", "2020-01-01T00:00"], says: "is over", exitCode: 64 },
    { args: ["maintenance", "cluster", "--for", "1h"], says: "maintenance is of nodes", exitCode: 64 },
    { args: ["decisions", "end", "x"], says: 'there is no decision "x"', exitCode: 66 },
    { args: ["baseline", "neko", "sda"], says: "none of its disks counts errors", exitCode: 66 },
  ])("answers $args in words: $says", async ({ args, says, exitCode }) => {
    const answer = await run(args);

    expect(answer.error).toContain(says);
    expect(answer.exitCode).toBe(exitCode);
  });
});

describe("nodekeeper accept, mute, maintenance and decisions", () => {
  it("are listed with what they are about and when they end, and end by their ids, all of it audited", async () => {
    doors.api.findings.put(advice);
    const outs = [];
    for (const args of [
      ["accept", "neko", "--reason", "it is a log disk"],
      ["mute", "all", "disk-nearly-full", "--for", "8h"],
      ["mute", "cluster", "--for", "1h"],
      ["maintenance", "neko", "--for", "2h", "--from", "2099-01-01T00:00Z"],
    ])
      outs.push((await run(args)).out.split("\n")[0]);
    const refusedFar = outs.at(-1);
    const list = await run(["decisions"]);
    const ids = (await decisions()).map(({ id }) => id);
    const ended = await run(["decisions", "end", ...ids]);
    const records = doors.api.store.audit.map(
      ({ action, target, outcome }) => `${action} ${target.kind} ${target.name} ${outcome}`,
    );

    expect(outs.slice(0, 3)).toEqual([
      "accepted: disk-worn on neko (eui.2), until somebody ends it",
      "muted: disk-nearly-full on all nodes, ends in 8 h",
      "muted: everything of the cluster, ends in 1 h",
    ]);
    expect(refusedFar).toBe("");
    expect(list.out).toMatch(/ID +IS +WHAT +TERM +BY +MADE +REASON/);
    expect(list.out).toMatch(/accepted +disk-worn on neko \(eui\.2\) .* it is a log disk/);
    expect(ended.out.split("\n")).toHaveLength(4);
    expect(await decisions()).toEqual([]);
    expect(records.slice(0, 4)).toEqual([
      "decision.create node neko done",
      "decision.create   done",
      "decision.create   done",
      "decision.create node neko failed",
    ]);
    expect(records.slice(4).toSorted()).toEqual([
      ...ids
        .slice(0, 2)
        .map((id) => `decision.end decision ${id} done`)
        .toSorted(),
      "decision.end node neko done",
    ]);
    expect(doors.api.store.audit[0]?.detail).toMatch(
      /^accept [0-9a-f]{8}: disk-worn of neko \(disk_health eui\.2\): it is a log disk$/,
    );
  });
});
