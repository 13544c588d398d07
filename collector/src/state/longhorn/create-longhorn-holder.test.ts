import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { createLonghornHolder } from "./create-longhorn-holder.ts";
import type { LonghornChange } from "./longhorn-holder.ts";
import { longhornNodeOf } from "./longhorn-node-of.ts";
import { longhornReplicaOf } from "./longhorn-replica-of.ts";
import { longhornVolumeOf } from "./longhorn-volume-of.ts";

const node = (name: string, resourceVersion = "1", spec: object = {}, annotations: object = {}) =>
  longhornNodeOf({ metadata: { name, uid: `uid of ${name}`, resourceVersion, annotations }, spec }) ?? expect.fail();
const volume = (name: string, status: object = {}) => longhornVolumeOf({ metadata: { name }, status }) ?? expect.fail();
const replica = (name: string, diskID: string, volumeName = "v1") =>
  longhornReplicaOf({ metadata: { name }, spec: { diskID, volumeName } }) ?? expect.fail();

/** A holder with two nodes and three replicas on two disks, and what its listener was told since. */
async function filled() {
  const holder = createLonghornHolder();
  holder.filled.nodes.replaceAll([node("badger"), node("otter")]);
  holder.filled.volumes.replaceAll([volume("v1")]);
  holder.filled.replicas.replaceAll([replica("r1", "a"), replica("r2", "a"), replica("r3", "b", "v2")]);
  holder.setKnowledge({ kind: "known", heardAtMs: 0, problem: undefined });
  await setImmediate();
  const told: LonghornChange[] = [];
  holder.subscribe((change) => told.push(change));
  const namesOn = (uuid: string): readonly string[] => holder.replicasOnDisk(uuid).map(({ name }) => name);
  return { holder, ...holder.filled, told, namesOn, before: holder.revision };
}

describe("the holder of Longhorn", () => {
  it("finds replicas by their disk and by their volume, as they come, move and go", async () => {
    const { holder, replicas, namesOn } = await filled();
    expect([namesOn("a"), namesOn("b"), namesOn("none")]).toEqual([["r1", "r2"], ["r3"], []]);

    replicas.put(replica("r2", "b"));
    replicas.put(replica("r4", ""));
    replicas.remove("r1");

    expect([namesOn("a"), namesOn("b"), namesOn("")]).toEqual([[], ["r3", "r2"], []]);
    expect(holder.replicasOfVolume("v1").map(({ name }) => name)).toEqual(["r2", "r4"]);
    expect(holder.replicas()).toHaveLength(3);
  });

  it("gives snapshots: what somebody has does not change, and is the same while nothing does", async () => {
    const { holder, replicas, namesOn } = await filled();
    const [all, onDisk] = [holder.replicas(), holder.replicasOnDisk("a")];
    replicas.replaceAll([replica("r1", "a"), replica("r2", "a"), replica("r3", "b", "v2")]);
    expect([holder.replicas(), holder.replicasOnDisk("a")]).toEqual([all, onDisk]);
    expect(holder.replicas()).toBe(all);
    expect(holder.replicasOnDisk("a")).toBe(onDisk);

    replicas.remove("r1");

    expect([all.length, onDisk.length, holder.replicas().length, namesOn("a")]).toEqual([3, 2, 2, ["r2"]]);
  });

  it("tells of nodes by their names, and of all else at once, once a turn", async () => {
    const { nodes, volumes, told } = await filled();

    nodes.put(node("badger", "2"));
    nodes.put(node("badger", "3"));
    nodes.remove("otter");
    await setImmediate();
    volumes.put(volume("v1", { robustness: "degraded" }));
    await setImmediate();
    volumes.put(volume("v1", { robustness: "degraded" }));
    await setImmediate();

    expect(told).toEqual([
      { nodes: ["badger", "otter"], hasOther: false },
      { nodes: [], hasOther: true },
    ]);
  });

  it("tells when it comes to be known what there is", async () => {
    const { holder, told, before } = await filled();

    holder.setKnowledge({ kind: "known", heardAtMs: 5, problem: "nobody answers" });
    await setImmediate();
    expect(told).toEqual([]);
    holder.setKnowledge({ kind: "absent", heardAtMs: 6 });
    await setImmediate();

    expect([told, holder.revision > before]).toEqual([[{ nodes: [], hasOther: true }], true]);
  });

  it("has another revision by what replicas could be placed by, and by nothing else", async () => {
    const { holder, nodes, replicas, settings, backupTargets, before } = await filled();

    nodes.put(node("badger", "2", {}, { "nodekeeper.example/owned": "{}" }));
    backupTargets.put({ name: "default", url: "", isAvailable: true, message: "", lastSyncedAtMs: 1 });
    replicas.put(replica("r1", "a"));
    expect(holder.revision).toBe(before);

    nodes.put(node("badger", "3", { tags: ["fast"] }));
    const afterTag = holder.revision;
    settings.put({ name: "allow-empty-disk-selector-volume", value: "false" });

    expect([afterTag > before, holder.revision > afterTag]).toEqual([true, true]);
    expect(holder.setting("allow-empty-disk-selector-volume")).toBe("false");
  });

  it("gives classes as many replicas as Longhorn would, also after that changed", async () => {
    const { holder, settings, storageClasses } = await filled();
    const said = { name: "longhorn", isDefault: true, diskSelector: [], nodeSelector: [], dataEngine: "v1" };
    storageClasses.replaceAll([{ ...said, replicaCount: undefined }]);
    const [first] = [holder.storageClasses()];
    expect(holder.storageClasses()).toBe(first);

    settings.put({ name: "default-replica-count", value: '{"v1":"2"}' });

    expect([first, holder.storageClasses()]).toEqual([[{ ...said, replicaCount: 3 }], [{ ...said, replicaCount: 2 }]]);
  });

  it("knows the version of Longhorn once it says so", async () => {
    const { holder, settings } = await filled();
    const before = holder.version;

    settings.put({ name: "current-longhorn-version", value: "v1.7.2" });

    expect([before, holder.version]).toEqual([undefined, "v1.7.2"]);
  });
});
