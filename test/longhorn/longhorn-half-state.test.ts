import { describe, expect, it } from "vitest";
import { itemOf, longhornHalfStateOf } from "./longhorn-half-state.ts";
import type { LonghornNode } from "./longhorn-objects.ts";

const domain = "nodekeeper.example";
const ours = { disk: ["nvme"], node: ["core"] };

interface Made {
  readonly tags?: readonly string[];
  readonly isOpen?: boolean;
  readonly nodeTags?: readonly string[];
  /** Items by what we wrote and what was before. */
  readonly ledger?: Readonly<Record<string, { readonly wrote: string; readonly was?: string }>>;
}

function node({ tags = [], isOpen = true, nodeTags = [], ledger }: Made = {}): LonghornNode {
  const text = ledger === undefined ? undefined : JSON.stringify({ nodekeeper: 1, "longhorn-disks": ledger });
  return {
    metadata: { name: "wolf", ...(text === undefined ? {} : { annotations: { [`${domain}/owned`]: text } }) },
    spec: { tags: nodeTags, disks: { d: { path: "/d", allowScheduling: isOpen, tags } } },
  };
}

function problemOf(before: Made | undefined, after: Made): string | undefined {
  const versions = { node: node(after), before: before === undefined ? undefined : node(before) };
  return longhornHalfStateOf({ kind: "put", ...versions }, domain, ours);
}

const tagged = { tags: ["nvme"], ledger: { "disks/d/tags/nvme": { wrote: "true" } } };
const closed = { isOpen: false, ledger: { "disks/d/allowScheduling": { wrote: "false", was: "true" } } };

describe("a version of a node of Longhorn", () => {
  it.each<{ name: string; before: Made | undefined; after: Made }>([
    { name: "nobody wrote on it", before: undefined, after: {} },
    { name: "it was tagged, with its entry", before: {}, after: tagged },
    { name: "somebody took the tag away", before: tagged, after: { ...tagged, tags: [] } },
    { name: "a disk was closed", before: {}, after: closed },
    { name: "it was opened again", before: closed, after: {} },
    { name: "our claim was given up on what somebody opened", before: { ...closed, isOpen: true }, after: {} },
    { name: "somebody set a tag of their own", before: tagged, after: { ...tagged, tags: ["mine", "nvme"] } },
  ])("is whole where $name", ({ before, after }) => {
    expect(problemOf(before, after)).toBeUndefined();
  });

  it.each<{ name: string; before: Made; after: Made; says: string }>([
    { name: "a tag without an entry", before: {}, after: { tags: ["nvme"] }, says: "the ledger does not tell of it" },
    { name: "a tag of the node without one", before: {}, after: { nodeTags: ["core"] }, says: "tags/core is ours" },
    { name: "an entry without its tag", before: {}, after: { ...tagged, tags: [] }, says: "is not written" },
    { name: "an entry without its disk closed", before: {}, after: { ...closed, isOpen: true }, says: "is not written" },
    {
      name: "an entry that forgot what was before",
      before: {},
      after: { ...closed, ledger: { "disks/d/allowScheduling": { wrote: "false" } } },
      says: "what was there before us is not kept",
    },
    {
      name: "a disk that was closed while our claim was given up",
      before: { ...closed, isOpen: true },
      after: { isOpen: false },
      says: "was given up, and is neither as it was nor as we left it",
    },
  ])("is half done with $name", ({ before, after, says }) => {
    expect(problemOf(before, after)).toContain(says);
  });

  it("with a ledger that nobody can read is told", () => {
    const broken: LonghornNode = { ...node(), metadata: { name: "wolf", annotations: { [`${domain}/owned`]: "{" } } };

    expect(longhornHalfStateOf({ kind: "put", node: broken, before: undefined }, domain, ours)).toContain("not in a form");
  });
});

describe("an item of a node", () => {
  it.each([
    ["disks/d/tags/example.com/fast", "true"],
    ["disks/d/tags/hdd", undefined],
    ["disks/d/allowScheduling", "true"],
    ["disks/d/evictionRequested", "false"],
    ["disks/none/allowScheduling", undefined],
    ["tags/core", "true"],
    ["tags/edge", undefined],
  ])("%s is %s", (item, value) => {
    expect(itemOf(node({ tags: ["example.com/fast"], nodeTags: ["core"] }), item)).toBe(value);
  });
});
