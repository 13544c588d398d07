/** Labels of Nodes on a real API server: its field managers, its conflicts, its fence, and people who edit meanwhile. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type House, startHouse } from "./house.ts";
import { kubernetesBuildLimitMs, missingForKubernetes } from "./kubernetes-programs.ts";
import { domain, type LabelBench, labelBench } from "./label-bench.ts";

const missing = await missingForKubernetes();
const whyNot = missing === undefined ? "" : ` (skipped: ${missing})`;
const never = new AbortController().signal;
const collectorUser = "system:serviceaccount:nodekeeper:nodekeeper-collector";
const gpu = `${domain}/gpu.product`;
const storage = `${domain}/storage-class`;
const owned = `${domain}/owned`;
const both = { "gpu.product": "rtx-3050-ti", "storage-class": "nvme" };
const ours = { [gpu]: "rtx-3050-ti", [storage]: "nvme" };
const foreign = { "kubernetes.io/hostname": "badger", [`${domain}/rack`]: "7", "example.com/team": "lions" };

describe.skipIf(missing !== undefined)(`labels of nodes${whyNot}`, { timeout: 90_000 }, () => {
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
  const version = async (): Promise<unknown> => (await bench.node("badger")).metadata.resourceVersion;
  const ledger = async (): Promise<unknown> => JSON.parse((await annotations())[owned] ?? "null");
  const stepsOf = (operations: readonly { readonly kind: string; readonly item: string }[]): readonly string[] =>
    operations.map(({ kind, item }) => `${kind} ${item.slice(item.indexOf("/") + 1)}`);
  const ownerOf = async (key: string): Promise<unknown> => (await bench.observe("badger")).items.get(key)?.owner;
  const writes = async (): Promise<number> => {
    const asked = await house.cluster.requests();
    return asked.filter(({ user, verb, name }) => user === collectorUser && verb === "patch" && name === "badger").length;
  };

  it("are set in one write, with the ledger, beside those of others", async () => {
    const before = await writes();

    const done = await bench.settle("badger", both);

    expect(stepsOf(done)).toEqual(["set gpu.product", "set storage-class"]);
    expect(await labels()).toEqual({ ...foreign, ...ours });
    expect(await annotations()).toMatchObject({ "example.com/note": "of people" });
    expect(await ledger()).toEqual({
      ...{ nodekeeper: 1, "node-labels": { "gpu.product": { wrote: "rtx-3050-ti" }, "storage-class": { wrote: "nvme" } } },
    });
    expect((await writes()) - before).toBe(1);
  });

  it("that are as they are to be are written by nobody, and what is only planned is not written", async () => {
    await bench.settle("badger", both);
    const before = await version();

    const again = await bench.settle("badger", both);
    const planned = await bench.plan("badger", { "gpu.product": null, "storage-class": "ssd" });

    expect([again, stepsOf(planned)]).toEqual([[], ["remove gpu.product", "change storage-class"]]);
    expect(await version()).toBe(before);
  });

  it("that somebody changes or removes are put back, and it is known who it was", async () => {
    await bench.settle("badger", both);
    await bench.label("badger", { [gpu]: "none", [storage]: null });

    const seen = await bench.observe("badger");
    const done = await bench.settle("badger", both);

    expect(seen.items.get(gpu)).toMatchObject({ value: "none", owner: "foreign", others: [{ manager: "kubectl-label" }] });
    expect(done).toMatchObject([
      { kind: "repair", class: "describe", before: "none", after: "rtx-3050-ti" },
      { kind: "repair", class: "describe", before: undefined, after: "nvme" },
    ]);
    expect(await labels()).toEqual({ ...foreign, ...ours });
  });

  it("that cannot be told stay as they are, whoever wrote them", async () => {
    await bench.settle("badger", both);
    await bench.label("badger", { [storage]: "hdd" });
    const before = await version();

    const done = await bench.settle("badger", { "gpu.product": undefined, "storage-class": undefined, board: undefined });

    expect(done).toEqual([]);
    expect(await version()).toBe(before);
  });

  it("that are not to be go one by one, those of others of the same name stay", async () => {
    await bench.settle("badger", both);

    const done = await bench.settle("badger", { ...both, "gpu.product": null, rack: null });

    expect(done).toMatchObject([{ kind: "remove", class: "restrict", item: gpu }]);
    expect(await labels()).toEqual({ ...foreign, [storage]: "nvme" });
    expect(await ledger()).toEqual({ nodekeeper: 1, "node-labels": { "storage-class": { wrote: "nvme" } } });
  });

  it("of which we wrote another value before are changed, and that restricts", async () => {
    await bench.settle("badger", both);

    const done = await bench.settle("badger", { ...both, "storage-class": "ssd" });

    expect(done).toMatchObject([{ kind: "change", class: "restrict", before: "nvme", after: "ssd" }]);
    expect(await labels()).toEqual({ ...foreign, ...ours, [storage]: "ssd" });
  });

  it("that somebody else wrote otherwise are taken over, and what was there comes back in the end", async () => {
    await bench.label("badger", { [storage]: "floppy" });

    const taken = await bench.settle("badger", both);
    const wrote = await ledger();
    const changed = await bench.settle("badger", { ...both, "storage-class": "ssd" });
    const given = await bench.settle("badger", { ...both, "storage-class": null });

    expect(taken).toMatchObject([{ kind: "set" }, { kind: "change", class: "describe", before: "floppy" }]);
    expect(wrote).toMatchObject({ "node-labels": { "storage-class": { wrote: "nvme", was: "floppy" } } });
    expect(changed).toMatchObject([{ kind: "change", class: "restrict", before: "nvme" }]);
    expect(given).toMatchObject([{ kind: "restore", class: "restrict", before: "ssd", after: "floppy" }]);
    expect(await labels()).toEqual({ ...foreign, [gpu]: "rtx-3050-ti", [storage]: "floppy" });
    expect(await ownerOf(storage)).toBe("foreign");
  });

  it("that somebody else wrote alike stay theirs", async () => {
    await bench.label("badger", { [storage]: "nvme" });

    const done = [...(await bench.settle("badger", both)), ...(await bench.settle("badger", { "storage-class": null }))];

    expect(stepsOf(done)).toEqual(["set gpu.product", "remove gpu.product"]);
    expect(await labels()).toEqual({ ...foreign, [storage]: "nvme" });
  });

  describe("when somebody was first", () => {
    it("nothing is written on what was not seen, neither to set nor to remove", async () => {
      await bench.settle("badger", both);
      const seen = await bench.observe("badger");
      const removal = await bench.plan("badger", { ...both, "gpu.product": null });
      const setting = await bench.plan("badger", { ...both, board: "pi" });
      await bench.label("badger", { "example.com/team": "tigers" });
      const before = await bench.node("badger");

      for (const operations of [removal, setting])
        await expect(bench.reconciler.apply("badger", operations, seen, never)).rejects.toMatchObject({ code: "CONFLICT" });

      expect(await bench.node("badger")).toEqual(before);
    });

    it("the same write is not done twice", async () => {
      const seen = await bench.observe("badger");
      const operations = await bench.plan("badger", both);
      await bench.reconciler.apply("badger", operations, seen, never);
      const before = await bench.node("badger");

      await expect(bench.reconciler.apply("badger", operations, seen, never)).rejects.toMatchObject({ code: "CONFLICT" });

      expect(await bench.node("badger")).toEqual(before);
    });

    it("it is done all the same beside a kubelet that writes forty times a second, and nobody's word is lost", async () => {
      const path = "/api/v1/nodes/badger/status?fieldManager=kubelet";
      let isDone = false;
      let beats = 0;
      const kubelet = (async () => {
        while (!isDone) {
          const status = { conditions: [{ type: "Ready", status: "True", reason: "KubeletReady", message: `beat ${beats}` }] };
          const { status: code } = await house.cluster.admin.ask(
            "PATCH",
            path,
            { status },
            "application/strategic-merge-patch+json",
          );
          expect(code).toBe(200);
          beats++;
          await sleep(20);
        }
      })();

      try {
        for (let round = 0; round < 10 || beats < 20; round++) {
          const wishes = { "storage-class": round % 2 === 0 ? "nvme" : "ssd", "gpu.product": round % 3 === 0 ? null : "rtx" };
          await bench.settle("badger", wishes);
        }
        await bench.settle("badger", { "storage-class": "ssd", "gpu.product": null });
      } finally {
        isDone = true;
        await kubelet;
      }

      expect(await labels()).toEqual({ ...foreign, [storage]: "ssd" });
      const conditions: unknown = Object((await bench.node("badger"))["status"])["conditions"];
      expect(conditions).toMatchObject([{ type: "Ready", message: `beat ${beats - 1}` }]);
    });
  });

  describe("feature 63: of a Node that is deleted", () => {
    it("and registered again under its name: all are set on the new one, in one look", async () => {
      await bench.settle("badger", both);
      const seen = await bench.observe("badger");
      const operations = await bench.plan("badger", { ...both, board: "pi" });
      await bench.register("badger", foreign);

      await expect(bench.reconciler.apply("badger", operations, seen, never)).rejects.toMatchObject({ code: "CONFLICT" });
      const done = await bench.settle("badger", both);

      expect(stepsOf(done)).toEqual(["set gpu.product", "set storage-class"]);
      expect(await labels()).toEqual({ ...foreign, ...ours });
    });

    it("nothing is written, and no Node is made", async () => {
      const seen = await bench.observe("badger");
      const operations = await bench.plan("badger", both);
      await house.cluster.admin.delete("/api/v1/nodes/badger");

      await expect(bench.reconciler.apply("badger", operations, seen, never)).rejects.toMatchObject({
        code: expect.stringMatching(/^(CONFLICT|NOT_FOUND)$/),
      });

      expect(await bench.reconciler.observe("badger", never)).toBeUndefined();
    });
  });

  it("tell of what somebody changed and of what went away, once a minute, on the Node", async () => {
    await bench.settle("badger", both);
    for (const value of ["none", "nothing"]) {
      await bench.label("badger", { [gpu]: value });
      const seen = await bench.observe("badger");
      const operations = await bench.plan("badger", { "gpu.product": "rtx-3050-ti", "storage-class": null });
      await bench.reconciler.apply("badger", operations, seen, never);
      await bench.reconciler.tell?.("badger", operations, seen, never);
    }

    const { uid } = (await bench.node("badger")).metadata;
    const { items } = Object(await house.cluster.admin.get("/api/v1/namespaces/default/events"));
    const told: readonly unknown[] = items.filter(
      (each: Readonly<Record<string, object>>) => Object(each["involvedObject"]).uid === uid,
    );
    const reasonOf = (event: unknown): string => Object(event).reason;
    expect([...told].sort((a, b) => (reasonOf(a) < reasonOf(b) ? 1 : -1))).toEqual([
      expect.objectContaining({
        reason: "LabelRepaired",
        message: `${gpu} was changed to "none" by kubectl-label and put back to "rtx-3050-ti"`,
        source: { component: "nodekeeper" },
      }),
      expect.objectContaining({ reason: "LabelRemoved", message: `${storage}=nvme was removed: a test wants it so (test)` }),
    ]);
  });
});
