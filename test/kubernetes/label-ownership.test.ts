/** Whose labels are, on a real API server: shared ones, and those that are ours though nobody knows any more who wrote them. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type House, startHouse } from "./house.ts";
import { kubernetesBuildLimitMs, missingForKubernetes } from "./kubernetes-programs.ts";
import { domain, type LabelBench, labelBench, laterDomain } from "./label-bench.ts";

const missing = await missingForKubernetes();
const whyNot = missing === undefined ? "" : ` (skipped: ${missing})`;
const never = new AbortController().signal;
const gpu = `${domain}/gpu.product`;
const storage = `${domain}/storage-class`;
const owned = `${domain}/owned`;
const both = { "gpu.product": "rtx-3050-ti", "storage-class": "nvme" };
const ours = { [gpu]: "rtx-3050-ti", [storage]: "nvme" };
const foreign = { "kubernetes.io/hostname": "badger", [`${domain}/rack`]: "7", "example.com/team": "lions" };

describe.skipIf(missing !== undefined)(
  `feature 59: labels that are ours, whatever others do${whyNot}`,
  { timeout: 90_000 },
  () => {
    let house: House;
    let bench: LabelBench;

    beforeAll(async () => {
      house = await startHouse();
      bench = labelBench(house);
    }, kubernetesBuildLimitMs);

    afterAll(async () => {
      await house?.[Symbol.asyncDispose]();
    });

    beforeEach(async () => {
      bench.setDomain(domain);
      await bench.register("badger", foreign, { "example.com/note": "of people" });
    });

    const labels = async (): Promise<unknown> => (await bench.node("badger")).metadata.labels;
    const annotations = async (): Promise<Readonly<Record<string, string>>> =>
      (await bench.node("badger")).metadata.annotations ?? {};
    const ledger = async (): Promise<unknown> => JSON.parse((await annotations())[owned] ?? "null");
    const stepsOf = (operations: readonly { readonly kind: string; readonly item: string }[]): readonly string[] =>
      operations.map(({ kind, item }) => `${kind} ${item.slice(item.indexOf("/") + 1)}`);
    const ownerOf = async (key: string): Promise<unknown> => (await bench.observe("badger")).items.get(key)?.owner;

    it("are shared where another controller applies them too: only our share is given up", async () => {
      await bench.settle("badger", both);
      await bench.applyAs("other", "badger", { [storage]: "nvme" });
      const shared = await ownerOf(storage);

      const done = await bench.settle("badger", { ...both, "storage-class": null });

      expect(shared).toBe("shared");
      expect(done).toMatchObject([{ kind: "restore", class: "describe", before: "nvme", after: "nvme" }]);
      expect(await labels()).toEqual({ ...foreign, ...ours });
      expect(await ownerOf(storage)).toBe("foreign");
      await bench.applyAs("other", "badger", {});
      expect(await labels()).toEqual({ ...foreign, [gpu]: "rtx-3050-ti" });
    });

    describe("stay ours", () => {
      it("when it is forgotten who wrote what (managedFields wiped)", async () => {
        await bench.label("badger", { [storage]: "floppy" });
        await bench.settle("badger", both);
        await bench.wipeManagers("badger");
        expect((await bench.observe("badger")).node.managers).toEqual([]);

        const noted = await bench.settle("badger", both);
        const done = await bench.settle("badger", {});

        expect(noted).toMatchObject([
          { kind: "repair", before: "rtx-3050-ti", after: "rtx-3050-ti" },
          { kind: "repair", before: "nvme", after: "nvme" },
        ]);
        expect(stepsOf(done)).toEqual(["remove gpu.product", "restore storage-class"]);
        expect(await labels()).toEqual({ ...foreign, [storage]: "floppy" });
        expect(await annotations()).toEqual({ "example.com/note": "of people" });
      });

      it("when it is forgotten and they are to go at once", async () => {
        await bench.settle("badger", both);
        await bench.wipeManagers("badger");

        const done = await bench.settle("badger", { ...both, "gpu.product": null });

        expect(stepsOf(done)).toEqual(["remove gpu.product", "repair storage-class"]);
        expect(await labels()).toEqual({ ...foreign, [storage]: "nvme" });
      });

      it.each([
        { name: "is damaged", text: '{"nodekeeper":1,"node-labels":{"gpu.product":{"wr' },
        { name: "is gone", text: null },
        { name: "is of another form", text: '{"nodekeeper":9}' },
      ])("when the ledger $name: told by who wrote them, and it is made anew", async ({ text }) => {
        await bench.settle("badger", both);
        await bench.annotate("badger", { [owned]: text });

        const seen = await bench.observe("badger");
        const done = await bench.settle("badger", { ...both, "gpu.product": null });

        expect(seen.problem).toEqual(text === null ? undefined : expect.stringContaining("is not in a form that we know"));
        expect([...seen.items].map(([key, { owner }]) => [key, owner])).toEqual([
          [gpu, "ours"],
          [`${domain}/rack`, "foreign"],
          [storage, "ours"],
        ]);
        expect(stepsOf(done)).toEqual(["remove gpu.product", "repair storage-class"]);
        expect(await labels()).toEqual({ ...foreign, [storage]: "nvme" });
        expect(await ledger()).toEqual({ nodekeeper: 1, "node-labels": { "storage-class": { wrote: "nvme" } } });
      });

      it("and a ledger that claims what others wrote takes nothing of theirs away", async () => {
        const claims = { rack: { wrote: "7" }, "kubernetes.io/hostname": { wrote: "badger" }, hostname: { wrote: "badger" } };
        await bench.annotate("badger", {
          [owned]: JSON.stringify({ nodekeeper: 1, "node-labels": claims }),
          "example.com/owned": JSON.stringify({ nodekeeper: 1, "node-labels": { team: { wrote: "lions" } } }),
          "kubernetes.io/owned": "yes",
        });

        await bench.settle("badger", both);
        await bench.settle("badger", {});

        expect(await labels()).toEqual(foreign);
      });
    });

    it("of the domain before are there until those of the new one are, and go then", async () => {
      await widenFence(house);
      await bench.label("badger", { [gpu]: "floppy" });
      await bench.settle("badger", both);
      bench.setDomain(laterDomain);
      const later = { [`${laterDomain}/gpu.product`]: "rtx-3050-ti", [`${laterDomain}/storage-class`]: "nvme" };

      const first = await bench.plan("badger", both);
      await bench.reconciler.apply("badger", first, await bench.observe("badger"), never);
      const between = await labels();
      const held = await bench.plan("badger", { "gpu.product": "another", "storage-class": undefined });
      const second = await bench.settle("badger", both);

      expect(stepsOf(first)).toEqual(["set gpu.product", "set storage-class"]);
      expect(between).toEqual({ ...foreign, ...ours, ...later });
      expect(held).toMatchObject([{ kind: "change", item: `${laterDomain}/gpu.product` }]);
      expect(second).toMatchObject([
        { kind: "restore", item: gpu, after: "floppy" },
        { kind: "remove", item: storage },
      ]);
      expect(await labels()).toEqual({ ...foreign, [gpu]: "floppy", ...later });
      expect(Object.keys(await annotations()).sort()).toEqual(["example.com/note", `${laterDomain}/owned`]);
    });
  },
);

/** The fence lets both domains through, as it says itself for the time of a change. */
async function widenFence({ cluster: { admin }, collector }: House): Promise<void> {
  const path = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/nodekeeper-node-fence";
  const policy = await admin.get(path);
  const { variables } = policy["spec"] as {
    readonly variables: readonly { readonly name: string; readonly expression: string }[];
  }; // as applied
  const widened = variables.map((each) =>
    each.name === "domains" ? { ...each, expression: `['${domain}', '${laterDomain}']` } : each,
  );
  await admin.replace(path, { ...policy, spec: { ...(policy["spec"] as object), variables: widened } });
  const patch = { metadata: { labels: { [`${laterDomain}/check`]: "yes" } } };
  await expect
    .poll(
      async () => (await collector.ask("PATCH", "/api/v1/nodes/otter?dryRun=All", patch, "application/merge-patch+json")).status,
      {
        ...{ timeout: 15_000, interval: 100 },
      },
    )
    .toBe(200);
}
