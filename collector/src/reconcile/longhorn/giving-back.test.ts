import { Outcome } from "@nodekeeper/proto";
import { type Fields, fieldsAt } from "@nodekeeper/shared";
import type { Finding } from "@nodekeeper/shared/api";
import { beforeEach, describe, expect, it } from "vitest";
import type { Thing } from "../../test-support/judge-machine.ts";
import { dwellEndsAtMs, followWishes, nothingWanted } from "../controller/dwell.ts";
import type { Operation } from "../reconciler.ts";
import { aFault, aLonghornObject, aMachine, aTag, LonghornStage } from "../test-support/longhorn-stage.ts";
import { toldFailure, toldHealth } from "../test-support/told-machine.ts";
import { domain } from "../test-support/world-of.ts";

const [scheduling, eviction] = ["disks/d/allowScheduling", "disks/d/evictionRequested"];
const noSignal = new AbortController().signal;
let stage: LonghornStage;

/** A disk that failed, and was closed and is emptied for it. */
beforeEach(async () => {
  stage = new LonghornStage();
  stage.findings = [aFault()];
  await stage.reconcile();
  stage.findings = [];
});

describe("a disk of which no fault is told any more", () => {
  it("waits for the dwell of what is removed, so that one that flaps is not written each time", () => {
    const world = stage.world();
    const operation = first(stage.plan());
    const wanted = followWishes(nothingWanted, stage.decide(), [operation], 1_000);

    expect(operation).toMatchObject({ kind: "restore", class: "describe", before: "false", after: "true" });
    expect(dwellEndsAtMs(operation, wanted, world.policy.dwell, 5_000)).toBe(1_000 + world.policy.dwell.removeMs);
  });

  it.each<[string, Partial<Finding>]>([
    ["its fault stands beside a silence that just ended", { suppressedBy: "node-not-reporting" }],
    ["its fault cannot be read", { isHeld: true }],
    ["another fault of it is not sure yet", { rule: "disk-errors-growing", state: "pending" }],
  ])("is not given back while %s", (_, fault) => {
    stage.findings = [aFault(fault)];
    expect(stage.held(scheduling)).toContain("it is broken");
    expect(stage.plan()).toEqual([]);
  });

  it("is not given back while the agent lists its folder, and the disk itself no more", () => {
    const { things = [], ...said } = aMachine("nvme.1");
    const gone = things.map((thing) => (thing.kind === "block_device" ? { ...thing, outcome: Outcome.ABSENT } : thing));
    for (const left of [gone, things.filter(({ kind }) => kind !== "block_device")]) {
      stage.said = [{ ...said, things: left }, toldHealth()];
      expect(stage.held(scheduling)).toBe("its agent does not list the disk nvme.1 any more");
    }
    expect(stage.plan()).toEqual([]);
  });

  it("is not given back where another one has come under its name, of which Longhorn's feed has not told", async () => {
    const plan = stage.plan();
    const told = stage.world().longhorn;
    stage.edit({ path: "/mnt/new/" });
    const seen = await stage.observe();
    stage.world = () => ({ ...LonghornStage.prototype.world.call(stage), longhorn: told });

    await expect(stage.reconciler.apply("neko", plan, seen, noSignal)).rejects.toMatchObject({
      code: "CONFLICT",
      message: "the cluster has not told yet how Longhorn's node neko is by now",
    });
    expect(stage.disk()).toMatchObject({ allowScheduling: false });
  });
});

describe("a disk that Longhorn has no more", () => {
  it("is given up though the machine is silent, so that another one of its name is its owner's", async () => {
    stage.said = [toldFailure("disks", "EIO")];
    stage.cordoned = true;
    const world = stage.world();
    stage.world = () => ({ ...LonghornStage.prototype.world.call(stage), node: () => undefined, startedAtMs: world.nowMs });
    expect(stage.decide()).toMatchObject({ kind: "hold" });

    stage.object = { ...aLonghornObject({}, "e"), metadata: stage.object["metadata"] };
    expect(stage.steps()).toEqual([`restore describe ${scheduling}: - > -`, `restore describe ${eviction}: - > -`]);
    await stage.reconcile();
    expect(stage.ledger).toBeUndefined();
    expect(stage.decide()).toMatchObject({ kind: "hold" });
  });
});

describe("another disk under the name of one that failed", () => {
  beforeEach(() => {
    const { metadata } = stage.object;
    stage.object = { ...aLonghornObject({ allowScheduling: false, tags: ["nvme"] }), metadata };
    stage.object = withUuid(stage.object, "new");
    const { things = [], ...said } = aMachine("nvme.2");
    const isFolder = ({ kind }: Thing): boolean => kind === "longhorn_disk";
    const value: Thing["value"] = { case: "longhornDisk", value: { diskUuid: "new", mountPoint: "/" } };
    stage.said = [
      { ...said, things: things.map((each) => (isFolder(each) ? { ...each, value } : each)) },
      toldHealth(0, "nvme.2"),
    ];
  });

  it("stays as its owner has it, and what we noted of the other one is given up", async () => {
    expect(stage.steps()).toEqual([
      `restore describe ${scheduling}: false > false`,
      `restore describe ${eviction}: false > false`,
    ]);
    await stage.reconcile();
    expect(stage.disk()).toMatchObject({ allowScheduling: false, tags: ["nvme"] });
    expect(stage.ledger).toBeUndefined();
  });

  it("is closed where it fails as well, and given back as it was itself", async () => {
    stage.edit({ allowScheduling: true });
    stage.findings = [aFault({ subject: { kind: "disk_health", id: "nvme.2" } })];
    expect(stage.steps()).toEqual([`change restrict ${scheduling}: true > false`]);
    await stage.apply(stage.plan());

    expect(stage.disk()).toMatchObject({ allowScheduling: false });
    expect(JSON.parse(stage.ledger ?? "{}")).toMatchObject({
      "longhorn-disks": { [scheduling]: { wrote: "false", was: "true", of: "new" }, [eviction]: { of: "neko/d" } },
    });
  });
});

describe("a ledger that somebody wrote", () => {
  it.each<[string, object]>([
    ["opens no disk that fails", { [scheduling]: { wrote: "false", was: "true" } }],
    ["with values that we never write changes nothing", { [scheduling]: { wrote: "true", was: "false" } }],
    ["that names a switch that there is not changes nothing", { "disks/d/storageReserved": { wrote: "0", was: "1" } }],
  ])("%s", (_, entries) => {
    stage.object = aLonghornObject({ allowScheduling: false });
    forge(entries);
    stage.findings = [aFault()];
    stage.modes = { ...stage.modes, move: "off" };
    expect(stage.plan()).toEqual([]);
  });

  it("leaves a disk closed that it does not let us stop to empty", async () => {
    stage.object = aLonghornObject({ allowScheduling: false, evictionRequested: true });
    forge({ [scheduling]: { wrote: "false", was: "true" }, [eviction]: { wrote: "true", was: "?" } });
    await stage.reconcile();

    expect(stage.disk()).toMatchObject({ allowScheduling: false, evictionRequested: true });
    expect(stage.ledger).toBeUndefined();
  });

  it("that was taken away leaves what we closed to people, while it fails and after", async () => {
    forge(undefined);
    for (const findings of [[aFault()], []]) {
      stage.findings = findings;
      expect(stage.plan()).toEqual([]);
    }
    stage.storage = { ...stage.storage, diskTags: [aTag("nvme", true)] };
    await stage.reconcile();
    expect(stage.disk()).toMatchObject({ allowScheduling: false, evictionRequested: true, tags: ["nvme"] });
  });
});

function forge(entries: object | undefined): void {
  const text = JSON.stringify({ nodekeeper: 1, "longhorn-disks": entries });
  const annotations = entries === undefined ? {} : { [`${domain}/owned`]: text };
  stage.object = { ...stage.object, metadata: { name: "neko", uid: "uid-l", resourceVersion: "7", annotations } };
}

function withUuid(object: Fields, diskUUID: string): Fields {
  const status = fieldsAt(object, "status");
  const d = { ...fieldsAt(fieldsAt(status, "diskStatus"), "d"), diskUUID };
  return { ...object, status: { ...status, diskStatus: { d } } };
}

function first([operation]: readonly Operation[]): Operation {
  if (operation === undefined) throw new Error("nothing is planned");
  return operation;
}
