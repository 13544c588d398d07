import { describe, expect, it } from "vitest";
import { pageOf, type SortKey } from "./page-of.ts";

interface Line {
  readonly rank: number;
  readonly name: string;
}

/** In no order, many of one rank. */
const lines: readonly Line[] = Array.from({ length: 500 }, (_, at) => ({ rank: (at * 7) % 5, name: `n${(at * 131) % 500}` }));
const keyOf = ({ rank, name }: Line): SortKey => [rank, name];

function allPages(items: readonly Line[], limit: number, reversed?: number): readonly Line[] {
  const found: Line[] = [];
  let cursor: string | undefined;
  do {
    const page = pageOf(items, { list: "lines", keyOf, limit, cursor, ...(reversed === undefined ? {} : { reversed }) });
    expect(page.total).toBe(items.length);
    found.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return found;
}

const sorted = (direction: 1 | -1): readonly Line[] =>
  [...lines].sort((a, b) => direction * (a.rank - b.rank) || (a.name < b.name ? -1 : 1));

describe("pages of a list", () => {
  it.each([1, 7, 100, 499, 500, 1000])("of %i lines give each line once, in order", (limit) => {
    expect(allPages(lines, limit)).toEqual(sorted(1));
    expect(allPages(lines, limit, 0)).toEqual(sorted(-1));
  });

  it("go on where they were while lines come and go", () => {
    const { items, nextCursor } = pageOf(lines, { list: "lines", keyOf, limit: 10, cursor: undefined });
    const left = [{ rank: -1, name: "new" }, ...lines.filter((line) => line !== items.at(-1))];

    expect(pageOf(left, { list: "lines", keyOf, limit: 10, cursor: nextCursor }).items).toEqual(sorted(1).slice(10, 20));
  });

  it("refuse the cursor of another list, and what is none", () => {
    const { nextCursor } = pageOf(lines, { list: "others", keyOf, limit: 1, cursor: undefined });
    const ask = (cursor: string | undefined) => () => pageOf(lines, { list: "lines", keyOf, limit: 1, cursor });

    expect(ask(nextCursor)).toThrow("it belongs to another list (others)");
    expect(ask("%%%")).toThrow("it is not a `nextCursor`");
    expect(ask(Buffer.from('["lines","a","b"]').toString("base64url"))).toThrow("it is not a `nextCursor`");
  });

  it("of nothing are empty", () => {
    expect(pageOf([], { list: "lines", keyOf, limit: 5, cursor: undefined })).toEqual({
      ...{ items: [], total: 0, nextCursor: undefined },
    });
  });
});
