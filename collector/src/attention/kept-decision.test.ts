import type { Decision } from "@nodekeeper/shared/api";
import { describe, expect, it } from "vitest";
import { documentOf, keptDecision, keptDecisionOf } from "./kept-decision.ts";

const at = "2026-11-23T09:00:00.000Z";
const mute: Decision = { id: "d", kind: "mute", scope: { node: "neko" }, by: "mika", reason: "", at, until: at };
const acknowledged: Decision = { ...mute, kind: "acknowledge", seen: { severity: "medium", level: 4 } };

describe("a decision in the store", () => {
  it.each([
    { name: "a mute", kept: keptDecision(mute) },
    { name: "an acknowledgement with its finding", kept: keptDecision(acknowledged, "f") },
  ])("is read as it was written: $name", ({ kept }) => {
    const document = structuredClone(documentOf(kept));

    expect(document).toMatchObject({ id: "d", changedAtMs: Date.parse(at) });
    expect(keptDecisionOf(document)).toEqual(kept);
  });

  it.each<{ name: string; body: object }>([
    { name: "nothing", body: {} },
    { name: "a decision of another id", body: { decision: { ...mute, id: "e" } } },
    { name: "a kind that nobody knows", body: { decision: { ...mute, kind: "forget" } } },
    { name: "a time that is none", body: { decision: { ...mute, until: "soon" } } },
    { name: "a mute without an end", body: { decision: { ...mute, until: undefined } } },
    { name: "an acknowledgement without its finding", body: { decision: acknowledged } },
    { name: "an acknowledgement that saw nothing", body: { decision: { ...mute, kind: "acknowledge" }, finding: "f" } },
    { name: "a finding that is no text", body: { decision: acknowledged, finding: 1 } },
  ])("is damaged where it is $name", ({ body }) => {
    expect(keptDecisionOf({ id: "d", changedAtMs: 0, body: structuredClone(body) })).toBeUndefined();
  });
});
