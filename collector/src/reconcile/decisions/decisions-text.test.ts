import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Decisions, Override } from "./decisions.ts";
import { parseDecisions, renderDecisions } from "./decisions-text.ts";

const atMs = Date.UTC(2026, 10, 23, 8, 40);
const override: Override = {
  ...{ reconciler: "node-labels", key: "badger", item: "nodekeeper.example/board", value: "pi", by: "mika" },
  ...{ reason: "until the new board comes", atMs, untilMs: atMs + 3_600_000 },
};

function parse(document: unknown): Decisions {
  return parseDecisions(typeof document === "string" ? document : JSON.stringify(document), "ConfigMap a/b");
}

describe("the document of decisions", () => {
  it("is written so that people can read and edit it", () => {
    const text = renderDecisions({ approval: { planHash: "0123456789abcdef", by: "mika", atMs }, overrides: [override] });

    expect(JSON.parse(text)).toEqual({
      version: 1,
      approval: { planHash: "0123456789abcdef", by: "mika", at: "2026-11-23T08:40:00.000Z" },
      overrides: [
        {
          ...{ reconciler: "node-labels", node: "badger", item: "nodekeeper.example/board", value: "pi", by: "mika" },
          ...{ reason: "until the new board comes", at: "2026-11-23T08:40:00.000Z", until: "2026-11-23T09:40:00.000Z" },
        },
      ],
    });
  });

  it("says the same after it was written and read", () => {
    const ms = fc.integer({ min: 0, max: Date.UTC(2100, 0) });
    const text = fc.string({ maxLength: 60 });
    const overrides = fc.uniqueArray(
      fc.record({
        ...{ reconciler: fc.constant("node-labels"), key: fc.string({ minLength: 1, maxLength: 60 }), item: fc.constant("a/b") },
        ...{
          value: fc.option(fc.constantFrom("", "a", "rtx-3050-ti", "1.2_3"), { nil: undefined }),
          by: text,
          reason: text,
          atMs: ms,
          untilMs: ms,
          isChange: fc.boolean(),
        },
      }),
      { maxLength: 5, selector: ({ key }) => key },
    );
    const approval = fc.option(fc.record({ planHash: text, by: text, atMs: ms }), { nil: undefined });
    fc.assert(
      fc.property(fc.record({ approval, overrides }), (decisions) => {
        expect(parse(renderDecisions(decisions))).toEqual(decisions);
      }),
      { numRuns: 200 },
    );
  });

  it("takes times as people shorten them", () => {
    expect(
      parse({ version: 1, overrides: [], approval: { planHash: "a", by: "", at: "2026-11-23T08:40Z" } }).approval,
    ).toMatchObject({ atMs });
  });

  it.each([
    ["no JSON", "{", /it is no JSON/],
    ["another version", { version: 2, overrides: [] }, /\/version/],
    ["a field that nobody knows", { version: 1, overrides: [], approved: true }, /the document: .*additional/],
    [
      "a time that is none",
      { version: 1, overrides: [{ ...written(), until: "2026-13-45T00:00:00Z" }] },
      /\/overrides\/0\/until/,
    ],
    ["a time in words", { version: 1, overrides: [{ ...written(), until: "tomorrow" }] }, /\/overrides\/0\/until/],
    ["a value that is none of a label", { version: 1, overrides: [{ ...written(), value: "a b" }] }, /\/overrides\/0\/value/],
    ["a key without a domain", { version: 1, overrides: [{ ...written(), item: "board" }] }, /\/overrides\/0\/item/],
    [
      "one item twice",
      { version: 1, overrides: [written(), written()] },
      /\/overrides\/1: is of the same item as \/overrides\/0/,
    ],
  ])("refuses %s, and says what to do", (_, document, problem) => {
    expect(() => parse(document)).toThrow(
      expect.objectContaining({ code: "CONFIG_INVALID", message: expect.stringMatching(problem) }),
    );
    expect(() => parse(document)).toThrow(/^what people decided, in the ConfigMap a\/b, .* mend it, or empty the object/);
  });

  it("keeps a thousand overrides, and refuses one more in words", () => {
    const many = (count: number): Decisions => ({
      approval: undefined,
      overrides: Array.from({ length: count }, (_, at) => ({ ...override, key: `node-${at}`, reason: "r".repeat(256) })),
    });

    expect(parse(renderDecisions(many(1_000))).overrides).toHaveLength(1_000);
    expect(() => renderDecisions(many(1_001))).toThrow(
      "there are as many overrides as are kept (1000): end some, or write what is wanted into the policy",
    );
  });
});

function written(): object {
  const times = { at: "2026-11-23T08:40:00Z", until: "2026-11-23T09:40:00Z" };
  return { reconciler: "node-labels", node: "badger", item: "a/b", by: "mika", reason: "", ...times };
}
