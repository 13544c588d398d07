import { describe, expect, it } from "vitest";
import type { Decision, Operation, Wanted, Why } from "../reconciler.ts";
import { aClusterNode, domain } from "../test-support/world-of.ts";
import { planLabels, planPruneOfLabels } from "./plan-labels.ts";
import { type LabelledNode, seeLabels } from "./see-labels.ts";

const key = `${domain}/class`;
const why: Why = { text: "because", place: "policy.yaml:1:1", expression: "", facts: [] };
const wanted: Wanted = { kind: "value", value: "nvme", why };
const absent: Wanted = { kind: "absent", why };
const hold: Wanted = { kind: "hold", reason: "not known", why };

interface Label {
  readonly live?: string;
  /** Who is noted for it; "nodekeeper" applies, all others update. */
  readonly by?: readonly string[];
  readonly wrote?: string;
  readonly was?: string;
}

function nodeWith({ live, by = [], wrote, was }: Label, of: string = domain): LabelledNode {
  const managedFields = by.map((manager) => ({
    ...{ manager, operation: manager === "nodekeeper" ? "Apply" : "Update" },
    fieldsV1: { "f:metadata": { "f:labels": { [`f:${of}/class`]: {} } } },
  }));
  const ledger = JSON.stringify({ nodekeeper: 1, "node-labels": { class: { wrote, was } } });
  const annotations = wrote === undefined ? {} : { [`${of}/owned`]: ledger };
  const labels = live === undefined ? {} : { [`${of}/class`]: live };
  return seeLabels(aClusterNode({ metadata: { labels, annotations, managedFields } }), domain);
}

function plan(wish: Wanted, seen: LabelledNode, item: string = key): readonly Operation[] {
  return planLabels({ kind: "items", items: new Map([[item, wish]]) }, seen);
}

const ours: Label = { live: "nvme", by: ["nodekeeper"], wrote: "nvme" };
const theirs: Label = { live: "floppy", by: ["kubectl-label"] };

describe("the steps of a label that is wanted", () => {
  it.each([
    { name: "is not there", label: {}, kind: "set", class: "describe" },
    { name: "is ours already", label: ours, kind: undefined },
    {
      name: "was changed by a person",
      label: { ...ours, live: "hdd", by: ["kubectl-label"] },
      kind: "repair",
      class: "describe",
    },
    { name: "was removed by a person", label: { wrote: "nvme" }, kind: "repair", class: "describe" },
    { name: "was another one of ours", label: { ...ours, live: "ssd", wrote: "ssd" }, kind: "change", class: "restrict" },
    {
      name: "was another one of ours, and a person's now",
      label: { ...theirs, wrote: "ssd" },
      kind: "change",
      class: "restrict",
    },
    { name: "was another one of ours, and removed", label: { wrote: "ssd" }, kind: "set", class: "describe" },
    {
      name: "is what a person made of ours",
      label: { ...ours, by: ["kubectl-label"], wrote: "ssd" },
      kind: "repair",
      class: "describe",
    },
    { name: "is otherwise, by others alone", label: theirs, kind: "change", class: "describe" },
    { name: "is so by others alone", label: { ...theirs, live: "nvme" }, kind: undefined },
    { name: "was given up and kept", label: { live: "nvme", by: ["nodekeeper-kept"] }, kind: "repair", class: "describe" },
    {
      name: "was another one, given up and kept",
      label: { live: "ssd", by: ["nodekeeper-kept"] },
      kind: "change",
      class: "restrict",
    },
    { name: "is ours and somebody else's", label: { ...ours, by: ["nodekeeper", "other"] }, kind: undefined },
    { name: "is ours by the ledger alone", label: { ...ours, by: [] }, kind: "repair", class: "describe" },
    { name: "is ours by who wrote it alone", label: { live: "nvme", by: ["nodekeeper"] }, kind: "repair", class: "describe" },
  ])("and $name: $kind", ({ label, kind, class: of }) => {
    const expected =
      kind === undefined
        ? []
        : [{ item: key, kind, class: of, before: label.live, after: "nvme", why: expect.objectContaining({ place: why.place }) }];

    expect(plan(wanted, nodeWith(label))).toEqual(expected);
  });
});

describe("the steps of a label that is not to be", () => {
  it.each([
    { name: "is not there", label: {}, step: undefined },
    { name: "is of others alone", label: theirs, step: undefined },
    { name: "is ours", label: ours, step: { kind: "remove", class: "restrict", after: undefined } },
    {
      name: "is ours by the ledger alone",
      label: { ...ours, by: [] },
      step: { kind: "remove", class: "restrict", after: undefined },
    },
    {
      name: "was another one before us",
      label: { ...ours, was: "floppy" },
      step: { kind: "restore", class: "restrict", after: "floppy" },
    },
    {
      name: "was the same before us",
      label: { ...ours, was: "nvme" },
      step: { kind: "restore", class: "describe", after: "nvme" },
    },
    {
      name: "is shared",
      label: { ...ours, by: ["nodekeeper", "other"] },
      step: { kind: "restore", class: "describe", after: "nvme" },
    },
    {
      name: "was changed after us",
      label: { ...theirs, wrote: "nvme", was: "hdd" },
      step: { kind: "restore", class: "describe", after: "floppy" },
    },
    {
      name: "was removed after us",
      label: { wrote: "nvme", was: "hdd" },
      step: { kind: "restore", class: "describe", after: undefined },
    },
  ])("and $name", ({ label, step }) => {
    const expected = step === undefined ? [] : [{ item: key, before: Object(label).live, why, ...step }];

    expect(plan(absent, nodeWith(label))).toEqual(expected);
    expect(planPruneOfLabels(nodeWith(label))).toEqual(
      expected.map((each) => ({ ...each, class: "describe", why: expect.anything() })),
    );
  });
});

describe("what cannot be told", () => {
  it.each([ours, theirs, { wrote: "nvme" }])("stays: %o", (label) => {
    const whole: Decision = { kind: "hold", reason: "not known" };

    expect([plan(hold, nodeWith(label)), planLabels(whole, nodeWith(label))]).toEqual([[], []]);
  });
});

describe("a label of the domain before", () => {
  const old = "old.example/class";
  const before = nodeWith(ours, "old.example");
  const steps = (successor: Wanted): readonly (readonly [string, string])[] => {
    const items = new Map<string, Wanted>([
      [key, successor],
      [old, absent],
    ]);
    return planLabels({ kind: "items", items }, before).map(({ kind, item }) => [kind, item]);
  };

  it("waits for the one that takes its place", () => {
    expect(steps(wanted)).toEqual([["set", key]]);
    expect(steps(hold)).toEqual([]);
  });

  it("goes where none takes its place", () => {
    expect(steps(absent)).toEqual([["remove", old]]);
    expect(plan(absent, before, old)).toMatchObject([{ kind: "remove", item: old }]);
  });
});
