import type { Finding } from "@nodekeeper/shared/api";
import { describe, expect, it } from "vitest";
import { offersFor, requestOf } from "./offers.ts";
import { aFinding, decided } from "./test-support/findings.ts";

describe("offersFor", () => {
  const kinds = (finding: Finding) => offersFor(finding).map(({ kind }) => kind);

  it("offers to accept advice alone, and maintenance of a node alone", () => {
    expect(kinds(aFinding("f"))).toEqual(["acknowledge", "mute", "maintenance"]);
    expect(kinds(aFinding("f", { severity: "low", node: "" }))).toEqual(["acknowledge", "accept", "mute"]);
  });

  it("does not offer again what holds", () => {
    expect(kinds(aFinding("f", { severity: "low", ...decided("accept", true) }))).toEqual(["mute", "maintenance"]);
    expect(kinds(aFinding("f", decided("mute", false)))).toEqual(["acknowledge", "maintenance"]);
    expect(kinds(aFinding("f", decided("maintenance", false)))).toEqual(["acknowledge", "mute"]);
  });

  it("makes the request of what was chosen", () => {
    const [acknowledge, mute, maintenance] = offersFor(aFinding("f"));
    if (acknowledge === undefined || mute === undefined || maintenance === undefined) throw new Error("no offers");

    expect(requestOf(acknowledge, 0, 0, " known ")).toEqual({ kind: "acknowledge", finding: "f", reason: "known" });
    expect(requestOf(mute, 1, 1, "")).toEqual({
      ...{ kind: "mute", scope: { node: "neko", rule: "disk-worn" }, forSeconds: 28_800 },
    });
    expect(requestOf(maintenance, 0, 0, "")).toEqual({ kind: "maintenance", scope: { node: "neko" }, forSeconds: 3_600 });
  });
});
