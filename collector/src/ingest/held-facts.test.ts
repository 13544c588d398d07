import { create } from "@bufbuild/protobuf";
import { FactsSchema } from "@nodekeeper/proto";
import { describe, expect, it } from "vitest";
import { factsHash } from "../test-support/observations.ts";
import { createHeldFactsTable } from "./held-facts.ts";
import type { CheckedFacts } from "./validate-facts.ts";
import { layoutOfChecked } from "./validate-samples.ts";

function facts(): CheckedFacts {
  return { facts: create(FactsSchema), samples: layoutOfChecked([]) };
}

describe("held facts", () => {
  it("are found by node, probe and hash", () => {
    const table = createHeldFactsTable();
    const held = facts();

    table.hold("neko", "disks", factsHash("a"), held);

    expect(table.find("neko", "disks", factsHash("a"))).toEqual({ facts: held, isLatest: true });
    expect(table.find("neko", "disks", factsHash("b"))).toBeUndefined();
    expect(table.find("neko", "smart", factsHash("a"))).toBeUndefined();
    expect(table.find("bobcat", "disks", factsHash("a"))).toBeUndefined();
  });

  it("are the two of a probe that were used last", () => {
    const table = createHeldFactsTable();
    table.hold("neko", "disks", factsHash("a"), facts());
    table.hold("neko", "disks", factsHash("b"), facts());

    table.find("neko", "disks", factsHash("a"));
    table.hold("neko", "disks", factsHash("c"), facts());

    expect(table.ofNode("neko").map(({ hash }) => Buffer.from(hash).toString()[0])).toEqual(["a", "c"]);
  });

  it("are known to be others than those that were used last", () => {
    const table = createHeldFactsTable();
    table.hold("neko", "disks", factsHash("a"), facts());
    table.hold("neko", "disks", factsHash("b"), facts());

    const isLatest = ["b", "a", "a", "b"].map((hash) => table.find("neko", "disks", factsHash(hash))?.isLatest);

    expect(isLatest).toEqual([true, false, true, false]);
  });

  it("are of 64 probes at most, and gone when the node is forgotten", () => {
    const table = createHeldFactsTable();
    for (let index = 0; index < 100; index += 1) table.hold("neko", `probe-${index}`, factsHash("a"), facts());

    expect(table.ofNode("neko")).toHaveLength(64);
    table.forget("neko");
    expect(table.ofNode("neko")).toEqual([]);
  });
});
