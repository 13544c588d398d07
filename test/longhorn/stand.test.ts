/** The stand itself against what is known of Longhorn: what its webhook lets through, and what its manager does. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Answer, KubernetesObject } from "../kubernetes/cluster-api.ts";
import { kubernetesBuildLimitMs, missingForKubernetes } from "../kubernetes/kubernetes-programs.ts";
import { longhornPath, missingForLonghorn, triedVersion } from "./longhorn-crds.ts";
import { isSynced, type LonghornHouse, startLonghornHouse } from "./longhorn-house.ts";
import type { Disks, LonghornNode } from "./longhorn-objects.ts";
import { writeSetting } from "./longhorn-settings.ts";

const missing = missingForLonghorn() ?? (await missingForKubernetes());
const whyNot = missing === undefined ? "" : ` (skipped: ${missing})`;
const badger = longhornPath("nodes", "badger");
/** For a machine that is starved. */
const patience = { timeout: 40_000 };

describe.skipIf(missing !== undefined)(`the stand-in for Longhorn ${triedVersion}${whyNot}`, { timeout: 90_000 }, () => {
  const version = triedVersion;
  let house: LonghornHouse;
  const isOld = version === "1.7.2";

  beforeAll(async () => {
    house = await startLonghornHouse(version, { bumpEveryMs: 500 });
  }, kubernetesBuildLimitMs);

  afterAll(() => house?.[Symbol.asyncDispose]());

  const patch = (...steps: readonly object[]): Promise<Answer> =>
    house.cluster.admin.ask("PATCH", badger, steps, "application/json-patch+json");
  const read = async (): Promise<LonghornNode> => await house.longhorn.untilNode("badger", isSynced);
  const diskOf = (node: LonghornNode): string => Object.keys(node.spec?.disks ?? {})[0] ?? "";
  const message = ({ body }: Answer): string => String(Object(body)["message"]);

  it("makes a node with the default disk for each Node, and finds its disk ready", async () => {
    const { spec, status, metadata } = await read();

    expect(Object.keys(spec?.disks ?? {})).toEqual([expect.stringMatching(/^default-disk-[0-9a-f]{16}$/)]);
    expect(Object.values(spec?.disks ?? {})).toMatchObject([
      { path: "/var/lib/longhorn/", allowScheduling: true, storageReserved: 300_000_000_000, tags: [], diskType: "filesystem" },
    ]);
    expect(Object.values(status?.diskStatus ?? {})).toMatchObject([
      { diskUUID: expect.stringMatching(/^[0-9a-f-]{36}$/), storageMaximum: 1_000_000_000_000 },
    ]);
    expect(metadata["finalizers"]).toEqual(["longhorn.io"]);
  });

  it("sorts tags, has each once, and turns null into none", async () => {
    const disk = diskOf(await read());

    await patch(
      { op: "replace", path: "/spec/tags", value: ["b", "a", "b"] },
      { op: "replace", path: `/spec/disks/${disk}/tags`, value: ["nvme", "fast", "nvme"] },
    );
    expect((await read()).spec).toMatchObject({ tags: ["a", "b"], disks: { [disk]: { tags: ["fast", "nvme"] } } });
    await patch({ op: "replace", path: "/spec/tags", value: null }, { op: "remove", path: `/spec/disks/${disk}/tags` });
    expect((await read()).spec).toMatchObject({ tags: [], disks: { [disk]: { tags: [] } } });
  });

  it("refuses what Longhorn refuses, with its code and its words", async () => {
    const disk = `/spec/disks/${diskOf(await read())}`;
    const refused = async (...steps: readonly object[]): Promise<readonly [number, string]> => {
      const answer = await patch(...steps);
      return [answer.status, message(answer)];
    };

    expect(await refused({ op: "replace", path: `${disk}/tags`, value: ["a=b"] })).toEqual([
      422,
      expect.stringMatching(
        /^admission webhook "validator.longhorn.io" denied the request: at least one error encountered while validating tags: name part must consist/,
      ),
    ]);
    expect(await refused({ op: "replace", path: `${disk}/evictionRequested`, value: true })).toEqual([
      422,
      expect.stringContaining("need to disable scheduling on disk"),
    ]);
    expect(await refused({ op: "replace", path: `${disk}/diskType`, value: "block" })).toEqual([
      422,
      expect.stringContaining("is a block device, but the SPDK feature is not enabled"),
    ]);
    expect(await refused({ op: "remove", path: disk })).toEqual([
      422,
      expect.stringContaining(`and remove all ${isOld ? "replicas" : "replicas and backing images"} first`),
    ]);
    expect((await refused({ op: "remove", path: "/spec/name" }))[0]).toBe(isOld ? 200 : 422);
    const second = { path: "/var/lib/longhorn", allowScheduling: false };
    expect((await refused({ op: "add", path: "/spec/disks/second", value: second }))[0]).toBe(isOld ? 200 : 422);
    if (isOld) await read();
    if (isOld) expect((await refused({ op: "remove", path: "/spec/disks/second" }))[0]).toBe(200);
    const slash = { path: "/mnt/slash", allowScheduling: false };
    expect(await refused({ op: "add", path: "/spec/disks/a~1b", value: slash })).toEqual([500, expect.any(String)]);
    await read();
  });

  it("refuses everything while it has not looked at a new disk, and then no longer", async () => {
    const { manager, webhook } = house.longhorn;
    const before = diskOf(await read());
    manager.setSyncAfter(400);
    manager.folders.mount("badger", "/mnt/data");
    await patch({ op: "add", path: "/spec/disks/data", value: { path: "/mnt/data", allowScheduling: true } });

    const answer = await patch({ op: "replace", path: "/spec/tags", value: ["a"] });

    expect([answer.status, message(answer)]).toEqual([
      403,
      expect.stringContaining("spec and status of disks on node badger are being syncing and please retry later."),
    ]);
    expect(webhook.refusals.at(-1)).toMatchObject({ node: "badger", refusal: { code: 403 } });
    await read();
    expect((await patch({ op: "replace", path: "/spec/tags", value: [] })).status).toBe(200);
    manager.setSyncAfter(50);
    manager.folders.unmount("badger", "/mnt/data");
    const { status } = await house.longhorn.untilNode(
      "badger",
      (node) => node.status?.diskStatus?.["data"]?.storageMaximum === 0,
    );
    expect(status?.diskStatus?.["data"]?.conditions[0]).toMatchObject({
      ...{ type: "Ready", status: "False", reason: "DiskFilesystemChanged" },
      message: "Disk data(/mnt/data) on node badger is not ready: cannot find disk config file, maybe due to a mount error",
    });
    expect(status?.diskStatus?.[before]?.conditions[0]).toMatchObject({ status: "True" });
    await patch({ op: "replace", path: "/spec/disks/data/allowScheduling", value: false });
    expect((await patch({ op: "remove", path: "/spec/disks/data" })).status).toBe(200);
    await read();
  });

  it("lets nobody write while its webhook is away or is told to refuse", async () => {
    const { webhook } = house.longhorn;
    await webhook.goAway();
    const away = await patch({ op: "replace", path: "/spec/tags", value: ["a"] });
    await webhook.comeBack();
    const back = await patch({ op: "replace", path: "/spec/tags", value: ["a"] });
    webhook.refuseFor(60_000, ["badger"]);
    const refused = await patch({ op: "replace", path: "/spec/tags", value: [] });
    webhook.refuseFor(0);

    expect([away.status, back.status, refused.status]).toEqual([500, 200, 403]);
    expect(message(away)).toContain("failed calling webhook");
    expect((await patch({ op: "replace", path: "/spec/tags", value: [] })).status).toBe(200);
  });

  it("replaces all disks by the browser's old copy, and nobody hears of a conflict", async () => {
    const { manager } = house.longhorn;
    const node = await read();
    const copy: Disks = node.spec?.disks ?? {};
    await patch({ op: "replace", path: `/spec/disks/${diskOf(node)}/tags`, value: ["nvme"] });

    const { status } = await manager.userInterfaceSave("badger", copy);

    expect(status).toBe(200);
    expect((await read()).spec?.disks).toEqual(copy);
  });

  it("writes the status again and again", async () => {
    const before = await read();

    await house.longhorn.untilNode("badger", ({ metadata }) => metadata.resourceVersion !== before.metadata.resourceVersion);

    expect((await read()).spec).toEqual(before.spec);
  });

  it("makes disks by label and annotation when it is told to, all or none, and tags where there are none", async () => {
    const { admin } = house.cluster;
    const { manager } = house.longhorn;
    await writeSetting(admin, "create-default-disk-labeled-nodes", "true");
    manager.folders.mount("lynx", "/mnt/a");
    const create = async (name: string, disks: readonly object[]): Promise<KubernetesObject> => {
      const annotations = {
        "node.longhorn.io/default-disks-config": JSON.stringify(disks),
        "node.longhorn.io/default-node-tags": '["storage"]',
      };
      const labels = { "node.longhorn.io/create-default-disk": "config" };
      return await admin.create("/api/v1/nodes", { metadata: { name, labels, annotations } });
    };
    await create("lynx", [{ path: "/mnt/a", allowScheduling: true, tags: ["b", "a"] }]);
    await create("puma", [{ path: "/var/lib/longhorn", allowScheduling: true }, { path: "/mnt/none" }]);

    const lynx = await house.longhorn.untilNode("lynx", (node) => isSynced(node) && node.spec?.tags?.length === 1);
    const puma = await house.longhorn.untilNode("puma", (node) => node.spec?.tags?.length === 1);

    expect(Object.values(lynx.spec?.disks ?? {})).toMatchObject([
      { path: "/mnt/a", tags: ["a", "b"], storageReserved: isOld ? 0 : 300_000_000_000 },
    ]);
    expect(puma.spec?.disks).toEqual({});
    await writeSetting(admin, "create-default-disk-labeled-nodes", "false");
  });

  it("places replicas on nodes of their own and by tags, and moves them where they are to go", async () => {
    const { longhorn } = house;
    const disk = diskOf(await read());
    await patch({ op: "replace", path: `/spec/disks/${disk}/tags`, value: ["nvme"] });
    await longhorn.createVolume("two", { numberOfReplicas: 2 });
    await longhorn.createVolume("tagged", { numberOfReplicas: 2, diskSelector: ["nvme"] });
    const nodesOf = async (volume: string): Promise<readonly string[]> =>
      (await longhorn.replicasOf(volume)).map(({ spec }) => spec.nodeID).sort();

    await expect.poll(async () => (await nodesOf("two")).length, patience).toBe(2);
    await expect.poll(() => nodesOf("tagged"), patience).toEqual(["badger"]);
    expect(new Set(await nodesOf("two")).size).toBe(2);
    const target = (await nodesOf("two"))[0] ?? "";
    await longhorn.manager.userInterfaceSaveNode(target, { allowScheduling: false, evictionRequested: true, tags: [] });

    await expect.poll(async () => (await nodesOf("two")).includes(target), patience).toBe(false);
    expect((await nodesOf("two")).length).toBe(2);
    await longhorn.manager.userInterfaceSaveNode(target, { allowScheduling: true, evictionRequested: false, tags: [] });
  });

  it("deletes its node with the Node, as far as its webhook lets it, and makes it anew when that is back", async () => {
    const { admin } = house.cluster;
    const before = await house.longhorn.untilNode("puma", isSynced);
    await admin.delete("/api/v1/nodes/puma");
    if (!isOld) {
      const isGone = ({ status }: LonghornNode): boolean =>
        status?.conditions?.some(({ reason }) => reason === "KubernetesNodeGone") ?? false;
      await house.longhorn.untilNode("puma", isGone);
      await house.longhorn.manager.userInterfaceSaveNode("puma", { allowScheduling: false, evictionRequested: false, tags: [] });
    }
    await expect.poll(() => house.longhorn.node("puma"), patience).toBeUndefined();

    await admin.create("/api/v1/nodes", { metadata: { name: "puma" } });

    const after = await house.longhorn.untilNode("puma", isSynced);
    expect(after.metadata.uid).not.toBe(before.metadata.uid);
    expect(house.longhorn.manager.problems).toEqual([]);
  });

  it("tells what it read of the health of a disk only since 1.11", async () => {
    const disk = diskOf(await read());
    const device = {
      source: "SMART",
      modelName: "Samsung SSD 980 PRO 1TB",
      serialNumber: "S5GX",
      healthStatus: "PASSED",
    } as const;
    house.longhorn.manager.setHealth("badger", disk, { "/dev/nvme0": device });

    const isTold = ({ status }: LonghornNode): boolean => status?.diskStatus?.[disk]?.healthData !== undefined;
    if (isOld) expect(isTold(await read())).toBe(false);
    else
      expect((await house.longhorn.untilNode("badger", isTold)).status?.diskStatus?.[disk]?.healthData).toEqual({
        "/dev/nvme0": device,
      });
  });
});
