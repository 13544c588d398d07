import { describe, expect, it } from "vitest";
import type { ClusterRuleView, WildcardAnswer } from "../../evaluate/cluster-rule.ts";
import { condition, judgeCluster, nodeOf, saidBy, textOf } from "../../test-support/judge-cluster.ts";
import { startMs } from "../../test-support/states.ts";
import { wildcardDns as rule } from "./wildcard-dns.ts";

const minuteMs = 60_000;
const name = "*.home.example";
const neko = nodeOf("neko", { ip: "100.64.0.1" });
const bobcat = nodeOf("bobcat", { ip: "100.64.0.2" });
const answer = (...addresses: readonly string[]): WildcardAnswer => ({
  kind: "addresses",
  addresses,
  askedAtMs: startMs - minuteMs,
});
const judge = (answered: WildcardAnswer, view: Partial<ClusterRuleView> = {}) =>
  judgeCluster(rule, { nodes: [neko, bobcat], wildcard: { name, answer: answered }, ...view });
const said = (...asked: Parameters<typeof judge>): string | undefined => saidBy(rule, judge(...asked))[""];
const readyFor = (minutes: number, status = "True") => ({
  conditions: [condition("Ready", status, { lastTransitionAtMs: startMs - minutes * minuteMs })],
});

describe("wildcard-dns", () => {
  it("names the node that the record points at and that has not been ready for ten minutes", () => {
    const down = nodeOf("bobcat", { ip: "100.64.0.2", ...readyFor(11, "Unknown") });
    const verdicts = judge(answer("100.64.0.1", "100.64.0.2"), { nodes: [neko, down] });

    expect(said(answer("100.64.0.1", "100.64.0.2"), { nodes: [neko, down] })).toBe("medium");
    expect(textOf(verdicts)).toBe(
      "*.home.example points at 100.64.0.2 (bobcat, not ready since 2026-11-22 11:49 UTC): some requests go nowhere",
    );
    expect(verdicts[0]).toMatchObject({ action: "Take 100.64.0.2 out of the record." });
  });

  it("names the address of a node that is gone, and who is missing in its place", () => {
    const formerAddresses = new Map([["100.64.0.9", { node: "panther", goneSinceMs: startMs - 11 * minuteMs }]]);

    expect(textOf(judge(answer("100.64.0.1", "100.64.0.9"), { formerAddresses }))).toBe(
      "*.home.example points at 100.64.0.9 (panther, which is no node any more or has another address), and lacks bobcat: some requests go nowhere",
    );
    expect(judge(answer("100.64.0.1", "100.64.0.9"), { formerAddresses })[0]).toMatchObject({
      evidence: expect.arrayContaining([expect.objectContaining({ name: "former_address", value: "100.64.0.9 panther" })]),
    });
  });

  it("says quietly that a node which has been ready for a while is not in the record", () => {
    expect(said(answer("100.64.0.1"))).toBe("low");
    expect(textOf(judge(answer("100.64.0.1")))).toBe("*.home.example lacks bobcat, which is ready");
  });

  it("says quietly that there is no such name", () => {
    expect(said(answer())).toBe("low");
    expect(textOf(judge(answer()))).toContain("*.home.example has no address");
  });

  it("is content when all nodes are in it by any of their addresses, and other things beside them are not judged", () => {
    const two = nodeOf("two", {
      addresses: [
        { type: "InternalIP", address: "100.64.0.3" },
        { type: "ExternalIP", address: "2001:DB8::3" },
      ],
    });

    expect(said(answer("100.64.0.1", "2001:db8::3"), { nodes: [neko, two] })).toBe("clear");
    expect(said(answer("192.0.2.200"))).toBe("clear");
  });

  it("lets a restart pass, and does not miss who came back just now or is cordoned", () => {
    const away = nodeOf("bobcat", { ip: "100.64.0.2", ...readyFor(9, "False") });
    expect(said(answer("100.64.0.1", "100.64.0.2"), { nodes: [neko, away] })).toBe("clear");
    const back = nodeOf("bobcat", { ip: "100.64.0.2", ...readyFor(9) });
    expect(said(answer("100.64.0.1"), { nodes: [neko, back] })).toBe("clear");
    expect(said(answer("100.64.0.1"), { nodes: [neko, { ...bobcat, isCordoned: true }] })).toBe("clear");
    const formerAddresses = new Map([["100.64.0.9", { node: "panther", goneSinceMs: startMs - 9 * minuteMs }]]);
    expect(said(answer("100.64.0.1", "100.64.0.2", "100.64.0.9"), { formerAddresses })).not.toBe("medium");
  });

  it("concludes nothing where no server could tell, nor from an old answer", () => {
    expect(said({ kind: "unknown", reason: "timeout" })).toBe("hold");
    expect(said({ kind: "addresses", addresses: ["100.64.0.1"], askedAtMs: startMs - 16 * minuteMs })).toBe("hold");
  });

  it("has nothing to say without a name in the policy", () => {
    expect(saidBy(rule, judgeCluster(rule, { nodes: [neko] }))).toEqual({ "": "clear" });
  });
});
