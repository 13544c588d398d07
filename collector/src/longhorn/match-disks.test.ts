import { BlockDeviceType, Outcome } from "@nodekeeper/proto";
import { describe, expect, it } from "vitest";
import type { LonghornDisk } from "../state/longhorn/longhorn-node.ts";
import type { NodeState } from "../state/node-state.ts";
import { machineThatSaid, type Said, type Thing } from "../test-support/judge-machine.ts";
import { startMs } from "../test-support/states.ts";
import type { DiskMatch } from "./disk-match.ts";
import { matchDisks } from "./match-disks.ts";
import { aDisk, aNode } from "./test-support/made-longhorn.ts";

const uuid = "0b2f";
const whole = ["block_device", "filesystem", "longhorn_disk"];

function device(name: string, more: object = {}): Thing {
  const value = { name, type: BlockDeviceType.DISK, ...more };
  return { kind: "block_device", id: `id-${name}`, value: { case: "blockDevice", value } };
}

function filesystem(mountPoint: string, ...disks: readonly string[]): Thing {
  return { kind: "filesystem", id: mountPoint, value: sized(mountPoint, 1_000n, ...disks) };
}

function sized(mountPoint: string, sizeBytes: bigint, ...disks: readonly string[]): NonNullable<Thing["value"]> {
  const physicalBlockDeviceIds = disks.map((disk) => `id-${disk}`);
  return { case: "filesystem", value: { mountPoint, sizeBytes, physicalBlockDeviceIds } };
}

function folder(path: string, diskUuid: string, mountPoint: string, ...disks: readonly string[]): Thing {
  const value = { diskUuid, mountPoint, physicalBlockDeviceIds: disks.map((disk) => `id-${disk}`) };
  return { kind: "longhorn_disk", id: path, value: { case: "longhornDisk", value } };
}

const told = (...things: readonly Thing[]): Said => ({ probe: "disks", things, whole });

function match(disk: Partial<LonghornDisk>, said: readonly Said[], more: Partial<NodeState> = {}): DiskMatch | undefined {
  const node = { ...machineThatSaid(...said), proof: { state: "proven", by: "cluster" } as const, ...more };
  const on = aNode("neko", {}, [aDisk("d", disk, { uuid, isReady: disk.status?.isReady ?? true })]);
  const withStatus = { disks: new Map([...on.disks].map(([name, each]) => [name, { ...each, ...disk }])) };
  return matchDisks(withStatus, { node, clusterNode: undefined, nowMs: startMs, startedAtMs: startMs })[0]?.match;
}

const away = { status: { ...statusOf(aDisk("d")), uuid, isReady: false } };
const unused = { status: { ...statusOf(aDisk("d")), uuid: "" } };

function statusOf({ status }: LonghornDisk): NonNullable<LonghornDisk["status"]> {
  if (status === undefined) throw new Error("it has none");
  return status;
}

describe("a disk of Longhorn", () => {
  it("is found by its UUID, wherever it is mounted", () => {
    const said = told(device("sda"), device("sdb"), filesystem("/mnt/b", "sdb"), folder("/mnt/b", uuid, "/mnt/b", "sdb"));
    expect(match({ path: "/mnt/a/" }, [said])).toEqual({ kind: "matched", blockDevices: ["id-sdb"], mountPoint: "/mnt/b" });
  });

  it("is the one in its own folder where a copy of it bears the same UUID, and not known where two copies are elsewhere", () => {
    const copies = [folder("/mnt/b", uuid, "/mnt/b", "sdb"), folder("/mnt/a", uuid, "/mnt/a", "sda")];
    const said = told(device("sda"), device("sdb"), filesystem("/mnt/a", "sda"), filesystem("/mnt/b", "sdb"), ...copies);
    expect(match({ path: "/mnt/a/" }, [said])).toMatchObject({ blockDevices: ["id-sda"] });
    expect(match({ path: "/mnt/c" }, [said])).toEqual({
      kind: "unknown",
      reason: "several folders hold the disk 0b2f, and none of them is /mnt/c: /mnt/b, /mnt/a",
    });
  });

  it("has several disks where LVM, crypt or an array is between", () => {
    const said = told(filesystem("/", "sda", "sdb"), folder("/var/lib/longhorn", uuid, "/", "sdb", "sda"));
    expect(match({ path: "/var/lib/longhorn/" }, [said])).toMatchObject({ blockDevices: ["id-sda", "id-sdb"], mountPoint: "/" });
  });

  it("is found by its folder where it has no UUID yet", () => {
    expect(match({ ...unused, path: "/mnt/a" }, [told(filesystem("/mnt/a", "sda"))])).toMatchObject({ blockDevices: ["id-sda"] });
    expect(match({ ...unused, path: "/var/lib/longhorn" }, [told(filesystem("/", "sda"))])).toMatchObject({ mountPoint: "/" });
  });

  it("is still there while its folder cannot be read", () => {
    const broken: Thing = { kind: "longhorn_disk", id: "/mnt/a", failure: "EIO" };
    const said: Said = { ...told(filesystem("/mnt/a", "sda"), broken), whole: ["block_device", "filesystem"] };
    expect(match({ ...away, path: "/mnt/a" }, [said])).toEqual({
      kind: "matched",
      blockDevices: ["id-sda"],
      mountPoint: "/mnt/a",
    });
  });

  it("is another one where the UUID differs", () => {
    const said = told(filesystem("/mnt/a", "sda"), folder("/mnt/a", "other", "/mnt/a", "sda"));
    expect(match({ path: "/mnt/a" }, [said])).toMatchObject({ kind: "mismatched", problem: "other-uuid" });
  });

  it("is not mounted where nothing is mounted, or where the agent says so", () => {
    expect(match({ ...away, path: "/mnt/a" }, [told(filesystem("/", "sda"))])).toMatchObject({ problem: "unmounted" });
    const value = { problem: "on-root-filesystem", message: "its data lies on the root filesystem" };
    const path: Thing = { kind: "longhorn_path", id: "/mnt/a", value: { case: "longhornPath", value } };
    const longhorn: Said = { probe: "longhorn", things: [path], whole: ["longhorn_path"] };
    expect(match({ path: "/mnt/a" }, [told(filesystem("/", "sda")), longhorn])).toEqual({
      ...{ kind: "mismatched", problem: "unmounted" },
      text: "/mnt/a: its data lies on the root filesystem",
    });
  });

  it("is missing where its filesystem has nothing of Longhorn's any more", () => {
    expect(match({ ...away, path: "/mnt/a" }, [told(filesystem("/mnt/a", "sda"))])).toMatchObject({ problem: "missing" });
  });

  it("is the folder of a larger filesystem where Longhorn calls it ready and finds it as large", () => {
    const ready = (maximumBytes: number): Partial<LonghornDisk> => ({ status: { ...statusOf(aDisk("d")), uuid, maximumBytes } });
    const said = told(filesystem("/", "sda"), { ...filesystem("/data", "sdb"), value: sized("/data", 5_000n, "sdb") });

    expect(match({ ...ready(5_000), path: "/data/longhorn" }, [said])).toMatchObject({ blockDevices: ["id-sdb"] });
    expect(match({ ...ready(7_000), path: "/data/longhorn" }, [said])).toEqual({
      kind: "unknown",
      reason: "its agent has not seen yet what is mounted at /data/longhorn",
    });
  });

  it("is not known while what is told is not whole, not fresh, or not proven", () => {
    const partial: Said = { ...told(filesystem("/", "sda")), whole: ["block_device"] };
    expect(match({ ...away, path: "/mnt/a" }, [partial])).toMatchObject({ kind: "unknown" });
    const failed: Said = { probe: "disks", outcome: Outcome.FAILED, failure: "PROBE_TIMEOUT" };
    expect(match({ path: "/mnt/a" }, [failed])).toMatchObject({ kind: "unknown" });
    const unproven = { proof: { state: "unproven", by: "cluster" } as const };
    expect(match({ path: "/" }, [told(filesystem("/", "sda"))], unproven)).toMatchObject({ kind: "unknown" });
  });

  it("of the second data engine is found by its device, down to the disks below", () => {
    const crypt = device("dm-0", { type: BlockDeviceType.DEVICE_MAPPER, slaves: ["sda1"], deviceMapper: { name: "data" } });
    const nvme = device("nvme0n1", { pcieLink: { address: "0000:01:00.0" }, identities: ["eui.0025"] });
    const said = told(device("sda", { partitions: [{ name: "sda1" }] }), crypt, nvme);
    const found = (path: string) => match({ type: "block", path }, [said]);

    expect(found("/dev/mapper/data")).toMatchObject({ blockDevices: ["id-sda"] });
    expect(found("/dev/sda1")).toMatchObject({ blockDevices: ["id-sda"] });
    expect(found("0000:01:00.0")).toMatchObject({ blockDevices: ["id-nvme0n1"] });
    expect(found("/dev/disk/by-id/nvme-eui.0025")).toMatchObject({ blockDevices: ["id-nvme0n1"] });
    expect(found("/dev/sdz")).toMatchObject({ kind: "unknown" });
  });
});
