import type { NodeListQuery, NodeSummary } from "@nodekeeper/shared/api";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createStateHolder } from "../../state/holder.ts";
import { type FleetEntry, makeEntry } from "../fleet/fleet-entry.ts";
import { Machine } from "../test-support/machine.ts";
import { listNodes } from "./list-nodes.ts";

const startMs = Date.UTC(2026, 0, 1);

/** An entry whose summary says this. */
function anEntry(name: string, changes: Partial<NodeSummary> = {}): FleetEntry {
  const state = createStateHolder([]);
  state.apply(new Machine(name).connect(startMs));
  const node = state.node(name);
  if (node === undefined) throw new Error("the machine did not connect");
  const entry = makeEntry(undefined, node, [], startMs, 1);
  return { ...entry, summary: { ...entry.summary, ...changes } };
}

function namesOf(entries: readonly FleetEntry[]): readonly string[] {
  return entries.map((entry) => entry.summary.name);
}

const fleet = [
  anEntry("bobcat", { status: "ok", board: "Raspberry Pi 5", cpuUsedPercent: 20, architecture: "aarch64" }),
  anEntry("neko", { status: "failed", board: "AZW SER5", cpuUsedPercent: 5, reason: "/ is 96 % full" }),
  anEntry("panther", { status: "degraded", cpuUsedPercent: 20 }),
  anEntry("siberian", { status: "unknown", reason: "silent for 3 h: it was shut down" }),
];

describe("listNodes", () => {
  it("lists all by name without a query", () => {
    expect(listNodes(fleet, {})).toEqual({ entries: fleet, total: 4, nextCursor: undefined });
  });

  it.each<{ name: string; query: NodeListQuery; expected: readonly string[] }>([
    { name: "one status", query: { status: ["failed"] }, expected: ["neko"] },
    { name: "several states", query: { status: ["failed", "unknown"] }, expected: ["neko", "siberian"] },
    { name: "a word of the name, whatever the case", query: { q: "PANT" }, expected: ["panther"] },
    { name: "words of different fields", query: { q: "pi aarch64" }, expected: ["bobcat"] },
    { name: "a word of the reason", query: { q: "full" }, expected: ["neko"] },
    { name: "nothing but spaces", query: { q: "   " }, expected: ["bobcat", "neko", "panther", "siberian"] },
    { name: "no match", query: { q: "tiger" }, expected: [] },
    { name: "the worst first", query: { sort: "status" }, expected: ["neko", "panther", "siberian", "bobcat"] },
    { name: "a number, unknown last", query: { sort: "cpuUsedPercent" }, expected: ["neko", "bobcat", "panther", "siberian"] },
    {
      name: "the reverse, unknown still last",
      query: { sort: "-cpuUsedPercent" },
      expected: ["bobcat", "panther", "neko", "siberian"],
    },
    { name: "names backwards", query: { sort: "-name" }, expected: ["siberian", "panther", "neko", "bobcat"] },
  ])("filters and sorts: $name", ({ query, expected }) => {
    expect(namesOf(listNodes(fleet, query).entries)).toEqual(expected);
  });

  it("gives every node once over all pages, in the order of the whole list", () => {
    const number = fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined });
    const sort = fc.constantFrom<NodeListQuery["sort"]>(
      undefined,
      "name",
      "-name",
      "cpuUsedPercent",
      "-cpuUsedPercent",
      "status",
    );
    fc.assert(
      fc.property(fc.array(number, { maxLength: 30 }), sort, fc.integer({ min: 1, max: 7 }), (numbers, order, limit) => {
        const entries = numbers.map((cpu, index) =>
          anEntry(`node-${String(index).padStart(2, "0")}`, cpu === undefined ? {} : { cpuUsedPercent: cpu }),
        );
        const query: NodeListQuery = order === undefined ? {} : { sort: order };
        const paged: string[] = [];
        let cursor: string | undefined;
        do {
          const page = listNodes(entries, { ...query, limit, ...(cursor === undefined ? {} : { cursor }) });
          expect(page.total).toBe(entries.length);
          paged.push(...namesOf(page.entries));
          cursor = page.nextCursor;
        } while (cursor !== undefined);

        expect(paged).toEqual(namesOf(listNodes(entries, query).entries));
      }),
    );
  });

  it("goes on after a node that is gone", () => {
    const { nextCursor } = listNodes(fleet, { limit: 2 });
    const withoutNeko = fleet.filter((entry) => entry.summary.name !== "neko");

    expect(namesOf(listNodes(withoutNeko, { cursor: nextCursor ?? "" }).entries)).toEqual(["panther", "siberian"]);
  });

  it("refuses a cursor of another order, and one that it did not make", () => {
    const { nextCursor } = listNodes(fleet, { limit: 2 });

    expect(() => listNodes(fleet, { sort: "status", cursor: nextCursor ?? "" })).toThrow(
      'query parameter "cursor" is not valid: it belongs to a list sorted by name, and this one is sorted by status; begin again without it',
    );
    expect(() => listNodes(fleet, { cursor: "nonsense" })).toThrow("it is not a `nextCursor` of this API");
  });
});
