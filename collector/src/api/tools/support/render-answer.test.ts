import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { maximumAnswerBytes, renderAnswer } from "./render-answer.ts";

const texts = fc.oneof(
  fc.string({ unit: "binary", maxLength: 400 }),
  fc.constantFrom("\u0001".repeat(900), "😀".repeat(500), '"'.repeat(700)),
);

describe("renderAnswer", () => {
  it("keeps any answer within its bytes, as JSON, and counts what it left out", () => {
    const items = fc.array(fc.record({ node: texts, why: texts, unloads: fc.array(texts, { maxLength: 4 }) }), { maxLength: 30 });

    fc.assert(
      fc.property(texts, texts, items, (text, fact, list) => {
        const rendered = renderAnswer({ text, facts: { node: fact, isKnown: true }, list: { name: "gpus", items: list } });
        const { gpus, more } = JSON.parse(rendered) as { readonly gpus: readonly unknown[]; readonly more?: string };

        expect(Buffer.byteLength(rendered)).toBeLessThan(maximumAnswerBytes);
        expect(more).toBe(gpus.length === list.length ? undefined : `and ${list.length - gpus.length} more`);
      }),
      { numRuns: 50 },
    );
  });

  it("leaves what fits as it is, the sentence first", () => {
    const list = { name: "gpus", items: [{ node: "siberian" }] };

    expect(renderAnswer({ text: "one", facts: { answer: "yes" }, list })).toBe(
      '{"text":"one","answer":"yes","gpus":[{"node":"siberian"}]}',
    );
    expect(renderAnswer({ text: "none" })).toBe('{"text":"none"}');
  });
});
