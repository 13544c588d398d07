/** What is ours is taken back from a real API server, and nothing else: whatever people and we did to the labels before, in whatever order. */
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type House, startHouse } from "./house.ts";
import { kubernetesBuildLimitMs, missingForKubernetes } from "./kubernetes-programs.ts";
import { bare, domain, type LabelBench, labelBench, type Wishes } from "./label-bench.ts";
import { createLabelModel } from "./label-model.ts";

const missing = await missingForKubernetes();
const whyNot = missing === undefined ? "" : ` (skipped: ${missing})`;
const gpu = `${domain}/gpu.product`;
const storage = `${domain}/storage-class`;
const both = { "gpu.product": "rtx-3050-ti", "storage-class": "nvme" };
const histories = 40;

/** One thing that happens to a Node. */
type Step =
  | { readonly kind: "settle"; readonly wishes: Wishes }
  | { readonly kind: "person"; readonly key: string; readonly value: string | null }
  | { readonly kind: "controller"; readonly key: string; readonly value: string }
  | { readonly kind: "wipe" };

const names = ["gpu.product", "storage-class", "board"];
const value = fc.constantFrom("a", "b", "c");
const key = fc.constantFrom(...names.map((name) => `${domain}/${name}`), "example.com/team");
const startLabels = fc.dictionary(key, value);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("settle" as const), wishes: wishesOf() }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("person" as const),
      key,
      value: fc.option(value, { nil: null }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("controller" as const), key, value }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("wipe" as const) }) },
);

describe.skipIf(missing !== undefined)(`feature 61: prune${whyNot}`, { timeout: 90_000 }, () => {
  let house: House;
  let bench: LabelBench;

  beforeAll(async () => {
    house = await startHouse();
    bench = labelBench(house);
  }, kubernetesBuildLimitMs);

  afterAll(async () => {
    await house?.[Symbol.asyncDispose]();
  });

  const labels = async (): Promise<unknown> => (await bench.node("badger")).metadata.labels;

  describe("leaves a Node equal to what it was before our first write", () => {
    it.each([
      { name: "that had nothing of our domain", labels: {}, annotations: {} },
      { name: "without annotations", labels: {}, annotations: undefined },
      {
        name: "that people labelled in our domain",
        labels: { [storage]: "floppy", [`${domain}/rack`]: "7" },
        annotations: { "example.com/note": "x" },
      },
      { name: "that had what we want already", labels: { [storage]: "nvme" }, annotations: {} },
    ])("$name", async ({ labels: had, annotations }) => {
      const before = await bench.register("badger", had, annotations);
      await bench.settle("badger", both);
      await bench.settle("badger", { "gpu.product": "rtx-4090", "storage-class": "ssd", board: "pi" });
      await bench.settle("badger", { "storage-class": "nvme", board: "pi" });

      const done = await bench.prune("badger");

      expect(done.every((operation) => operation.class === "describe")).toBe(true);
      expect(bare(await bench.node("badger"))).toEqual(bare(before));
      expect(await bench.prune("badger")).toEqual([]);
    });
  });

  describe("keeps what people did after us", () => {
    beforeEach(async () => {
      await bench.register("badger", { [storage]: "floppy" });
      await bench.settle("badger", both);
    });

    it("to our labels, and to others", async () => {
      await bench.label("badger", { [gpu]: "mine", [storage]: null, "example.com/team": "lions" });

      await bench.prune("badger");

      expect((await bench.node("badger")).metadata).toMatchObject({
        labels: { "kubernetes.io/hostname": "badger", [gpu]: "mine", "example.com/team": "lions" },
      });
      expect((await bench.node("badger")).metadata.annotations).toBeUndefined();
    });

    it("also when they made it what we wrote", async () => {
      await bench.label("badger", { [gpu]: "mine" });
      await bench.label("badger", { [gpu]: "rtx-3050-ti" });

      await bench.prune("badger");

      expect(await labels()).toEqual({ "kubernetes.io/hostname": "badger", [gpu]: "rtx-3050-ti", [storage]: "floppy" });
    });

    it("and all of our labels as they are, where they are asked for; then they are nobody's of us", async () => {
      await bench.prune("badger", "keep");

      expect(await labels()).toEqual({ "kubernetes.io/hostname": "badger", [gpu]: "rtx-3050-ti", [storage]: "nvme" });
      const { items, claims, ledger } = await bench.observe("badger");
      expect([[...items.values()].map(({ owner }) => owner), claims.size, ledger.size]).toEqual([["foreign", "foreign"], 0, 0]);
      expect(await bench.prune("badger")).toEqual([]);
      const other = await bench.settle("badger", { board: "pi" });
      await bench.prune("badger", "keep");
      expect(other).toHaveLength(1);
      expect(await labels()).toMatchObject({ [gpu]: "rtx-3050-ti", [storage]: "nvme", [`${domain}/board`]: "pi" });
    });

    it("and takes those up again that are wanted again: then they go when they are not to be", async () => {
      await bench.prune("badger", "keep");

      const noted = await bench.settle("badger", { "gpu.product": "rtx-3050-ti", "storage-class": "ssd" });
      await bench.settle("badger", {});

      expect(noted.map(({ kind }) => kind)).toEqual(["repair", "change"]);
      expect(await labels()).toEqual({ "kubernetes.io/hostname": "badger" });
    });
  });

  it(`after any history of us and of people, ${histories} of them: each label is what it would be without us`, async () => {
    await fc.assert(
      fc.asyncProperty(startLabels, fc.array(step, { minLength: 1, maxLength: 7 }), async (start, steps) => {
        const annotations = { "example.com/note": "of people" };
        await bench.register("badger", start, annotations);
        const model = createLabelModel(domain, { "kubernetes.io/hostname": "badger", ...start });
        for (const [index, each] of steps.entries()) {
          if (each.kind === "settle") {
            await bench.settle("badger", each.wishes);
            model.settle(each.wishes);
          } else if (each.kind === "person") {
            await bench.label("badger", { [each.key]: each.value });
            model.edit(each.key, each.value);
          } else if (each.kind === "controller") {
            await bench.applyAs(`controller-${index}`, "badger", { [each.key]: each.value });
            model.share(each.key, each.value);
          } else {
            await bench.wipeManagers("badger");
            model.wipe();
          }
          expect(await labels()).toEqual(model.labels());
        }
        await bench.prune("badger");
        model.settle({});

        const { metadata } = await bench.node("badger");
        expect({ labels: metadata.labels, annotations: metadata.annotations }).toEqual({ labels: model.labels(), annotations });
        expect(await bench.prune("badger")).toEqual([]);
      }),
      { numRuns: histories },
    );
  }, 60_000);
});

function wishesOf(): fc.Arbitrary<Wishes> {
  const wish = fc.oneof(value, fc.constant(null), fc.constant(undefined));
  return fc.dictionary(fc.constantFrom(...names), wish);
}
