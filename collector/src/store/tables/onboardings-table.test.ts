import { describe, expect, it } from "vitest";
import { retentionMs } from "../engine/retention.ts";
import { engineUnderTest } from "../test-support/engine-under-test.ts";

const nowMs = Date.UTC(2026, 10, 22);

function bodyOf(isBorne: boolean): string {
  return JSON.stringify({ ...(isBorne ? { current: { onboarding: {}, nodeUid: "" } } : {}), past: [] });
}

describe("onboardings of the database", () => {
  it("are kept by name, the last word of each, over a restart", () => {
    using store = engineUnderTest();
    const save = (node: string, changedMs: number): void =>
      store.engine().transaction("testing", () => store.engine().saveOnboardings([{ node, changedMs, body: bodyOf(true) }]));
    for (const [node, changedMs] of [
      ["panther", 1],
      ["neko", 2],
      ["neko", 3],
    ] as const)
      save(node, changedMs);

    store.reopen();

    const page = (after: string, limit: number) => store.engine().onboardingsPage(after, limit);
    expect(page("", 10).map(({ node, changedMs }) => [node, changedMs])).toEqual([
      ["neko", 3],
      ["panther", 1],
    ]);
    expect(page("neko", 10)).toHaveLength(1);
    expect(page("", 1)).toHaveLength(1);
  });

  it("go with a node that is forgotten, and after years where nobody bears the name", () => {
    using store = engineUnderTest();
    const rows = ["gone", "neko", "borne"].map((node) => ({
      ...{ node, changedMs: nowMs - retentionMs.changes - 1, body: bodyOf(node !== "gone") },
    }));
    store.engine().transaction("testing", () => store.engine().saveOnboardings(rows));

    store.engine().transaction("testing", () => store.engine().forgetNode("neko"));
    store.maintain(nowMs);

    expect(
      store
        .engine()
        .onboardingsPage("", 10)
        .map(({ node }) => node),
    ).toEqual(["borne"]);
  });
});
