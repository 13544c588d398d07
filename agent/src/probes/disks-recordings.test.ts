/** Trees of /sys and /proc that were recorded on real machines, held against what other tools made of them. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Outcome } from "@nodekeeper/proto";
import { systemClock } from "@nodekeeper/shared";
import { afterAll, describe, expect, it } from "vitest";
import { createLocalHost } from "../host/local-host.ts";
import type { Payload } from "../payload.ts";
import { disks } from "./disks.ts";
import { unpackTar, unpackTtar } from "./test-support/recorded-trees.ts";
import { missingForRecordings, recordings, recordingsFolder } from "./test-support/recordings.ts";
import { dumpedDevices, hostOf, isPartition, listedNames } from "./test-support/udev-dump.ts";

const missing = missingForRecordings("jq", "tar");
const note = missing === undefined ? "" : ` (skipped: ${missing})`;

const counts = { trees: 0, ok: 0, failed: 0 };

afterAll(() => {
  process.stdout.write(
    `recorded trees: ${counts.trees}, with ${counts.ok} block devices read and ${counts.failed} clearly failed\n`,
  );
});

async function examine(root: string, mountinfo: string): Promise<Payload> {
  const place = join(root, "proc/1/mountinfo");
  mkdirSync(dirname(place), { recursive: true });
  cpSync(mountinfo, place);
  return parsed(await disks.read(createLocalHost({ root, clock: systemClock }), new AbortController().signal));
}

function parsed(raw: Parameters<typeof disks.parse>[0]): Payload {
  const payload = disks.parse(raw);
  if (payload === undefined) throw new Error("the probe says absent");
  for (const { kind, outcome } of payload.subjects)
    if (kind === "block_device") counts[outcome === Outcome.OK ? "ok" : "failed"]++;
  counts.trees++;
  return payload;
}

/** Rows of a table of lsblk: the name without the drawing of the tree, and the cells at the columns of the heading. */
function lsblkTable(set: string): readonly Readonly<Record<string, string>>[] {
  const text = readFileSync(join(recordingsFolder, `block/util-linux__simple-nvme__expected-${set}.txt`), "utf8");
  const [heading = "", ...lines] = text.split("\n").filter((line) => line !== "");
  const columns = [...heading.matchAll(/\S+/g)].map((match) => ({ name: match[0], end: match.index + match[0].length }));
  return lines.map((line) => {
    const cells = line
      .replace(/^[|`-]+/, "")
      .trim()
      .split(/\s+/);
    return Object.fromEntries(columns.map(({ name }, index) => [name, cells[index] ?? ""]));
  });
}

describe.skipIf(missing !== undefined)(`a recorded machine with NVMe and SATA${note}`, () => {
  it("has the devices, partitions and mounts that lsblk shows", async () => {
    using tree = unpackTar("block/util-linux__simple-nvme.tar.xz", "simple-nvme");
    const basic = lsblkTable("basic");
    const state = new Map(lsblkTable("state").map((row) => [row["NAME"], row]));
    const topology = new Map(lsblkTable("topo").map((row) => [row["NAME"], row]));

    const payload = await examine(tree.root, join(tree.root, "proc/self/mountinfo"));

    const devices = payload.subjects.flatMap(({ value }) => (value.case === "blockDevice" ? [value.value] : []));
    expect(devices.map(({ name }) => name).sort()).toEqual(
      basic
        .filter((row) => row["TYPE"] === "disk")
        .map((row) => row["NAME"])
        .sort(),
    );
    for (const device of devices) {
      const [stateRow, topologyRow] = [state.get(device.name), topology.get(device.name)];
      expect(`${device.name} ${sizeWord(device.sizeBytes)}`).toBe(`${device.name} ${topologyRow?.["SIZE"]}`);
      expect(device.logicalBlockSizeBytes).toBe(Number(topologyRow?.["LOG-SEC"]));
      expect(device.physicalBlockSizeBytes).toBe(Number(topologyRow?.["PHY-SEC"]));
      expect([device.isReadOnly, device.isRemovable].map(Number)).toEqual([Number(stateRow?.["RO"]), Number(stateRow?.["RM"])]);
      const partitions = basic.filter((row) => row["TYPE"] === "part" && row["NAME"]?.startsWith(device.name));
      expect(device.partitions.map(({ name, sizeBytes }) => `${name} ${sizeWord(sizeBytes)}`)).toEqual(
        partitions.map((row) => `${row["NAME"]} ${row["SIZE"]}`),
      );
    }
    expect(devices.map(({ name, isRotational }) => [name, isRotational])).toEqual([
      ["nvme0n1", false],
      ["sda", false],
      ["sdb", true],
    ]);
    const vendors = readFileSync(join(recordingsFolder, "block/util-linux__simple-nvme__expected-vendor.txt"), "utf8");
    for (const { name, model, firmwareRevision, bus } of devices) {
      const row = vendors.split("\n").find((line) => line.startsWith(`${name} `)) ?? "";
      expect(row).toContain(` ${model} `);
      expect(bus).toBe(row.includes(" ATA ") ? "sata" : "nvme");
      if (bus === "sata") expect(row.endsWith(` ${firmwareRevision}`)).toBe(true);
    }
    const wwids = ["nvme0n1/wwid", "sda/device/wwid", "sdb/device/wwid"].map((path) =>
      execFileSync("tr", ["-s", " ", "_"], { input: readFileSync(join(tree.root, "sys/block", path)), encoding: "utf8" }),
    );
    expect(payload.subjects.filter(({ kind }) => kind === "block_device").map(({ id }) => id)).toEqual(
      wwids.map((wwid) => wwid.replace(/_?\n$/, "")),
    );
    const mounted = basic.filter((row) => row["MOUNTPOINT"] !== "").map((row) => [row["MOUNTPOINT"], row["NAME"]]);
    const filesystems = payload.subjects.flatMap(({ kind, id, outcome }) => (kind === "filesystem" ? [[id, outcome]] : []));
    expect(filesystems.map(([mountPoint]) => mountPoint)).toEqual(mounted.map(([mountPoint]) => mountPoint).sort());
    expect(payload.lists).toMatchObject([
      { kind: "block_device", isComplete: true },
      { kind: "filesystem", isComplete: true },
      { kind: "storage_pool", isComplete: true },
      { kind: "longhorn_disk", isComplete: true },
    ]);
  });
});

describe.skipIf(missing !== undefined)(`recorded machines of which links are missing${note}`, () => {
  it.each([
    { path: "sys/ghw__linux-amd64-8581cf3a529e5d8b97ea876eade2f60d.tar.gz", failed: ["name:sda", "name:sr0"], ok: 5 },
    { path: "sys/ghw__linux-amd64-accel-nvidia.tar.gz", failed: ["name:sda"], ok: 0 },
  ])("fail the disks whose identity is not in $path, and are not called whole", async ({ path, failed, ok }) => {
    using tree = unpackTar(path);

    const payload = await examine(tree.root, join(recordingsFolder, "proc/util-linux__mountinfo.txt"));

    const devices = payload.subjects.filter(({ kind }) => kind === "block_device");
    expect(devices.filter(({ outcome }) => outcome === Outcome.FAILED).map(({ id }) => id)).toEqual(failed);
    expect(devices.filter(({ outcome }) => outcome === Outcome.OK).length).toBe(ok);
    expect(payload.lists.find(({ kind }) => kind === "block_device")).toMatchObject({
      isComplete: false,
      failure: { code: "HOST_FILE_MISSING" },
    });
  });

  it("fail what has no size in a tree of single files, by name of the file", async () => {
    using tree = unpackTtar({ "sys/node_exporter__sys.ttar": "", "sys/node_exporter__udev.ttar": "run" });

    const payload = await examine(tree.root, join(recordingsFolder, "proc/node_exporter__proc_1_mountinfo.txt"));

    const devices = payload.subjects.filter(({ kind }) => kind === "block_device");
    const mapped = devices.filter(({ outcome }) => outcome === Outcome.OK);
    expect(mapped.map(({ id }) => id)).toEqual(expect.arrayContaining([expect.stringMatching(/^dm:/)]));
    expect(mapped.length).toBe(3);
    const failures = devices.filter(({ outcome }) => outcome === Outcome.FAILED).map(({ failure }) => failure?.message);
    expect(failures.length).toBe(devices.length - 3);
    for (const message of failures)
      expect(message).toMatch(/^(?:the size of \S+ cannot be told|cannot tell which disk \S+ is): \/sys\/block\//);
    expect(payload.lists.find(({ kind }) => kind === "filesystem")).toMatchObject({ isComplete: true });
  });
});

describe.skipIf(missing !== undefined)(`dumps of udev and sysfs${note}`, () => {
  it.each(recordings("block", ".json").filter(({ name }) => name.startsWith("curtin__")))("are read: $name", async ({ path }) => {
    const dump = dumpedDevices(path);
    const host = hostOf(dump);

    const payload = parsed(await disks.read(host, new AbortController().signal));

    const found = payload.subjects.filter(({ kind }) => kind === "block_device");
    expect(found.map(({ value }) => (value.case === "blockDevice" ? value.value.name : "failed")).sort()).toEqual(
      listedNames(dump),
    );
    for (const { value } of found) {
      if (value.case !== "blockDevice") continue;
      const device = dump.find(({ name }) => name === value.value.name);
      expect(value.value.sizeBytes).toBe(BigInt(device?.attributes["size"] ?? "0"));
      expect(value.value.partitions.map(({ name, sizeBytes }) => [name, sizeBytes])).toEqual(
        dump
          .filter(({ path: place }) => isPartition(place) && place.startsWith(`${device?.path}/`))
          .sort((a, b) => (a.partition ?? 0) - (b.partition ?? 0))
          .map(({ name, attributes }) => [name, BigInt(attributes["size"] ?? "0")]),
      );
      if (device?.properties["ID_SERIAL_SHORT"] !== undefined)
        expect(value.value.serial).toBe(device.properties["ID_SERIAL_SHORT"]);
    }
    expect(new Set(found.map(({ id }) => id)).size).toBe(found.length);
  });
});

/** As lsblk writes a size: with one digit after the point unless that is zero. */
function sizeWord(bytes: bigint | undefined): string {
  let value = Number(bytes ?? 0n);
  let unit = 0;
  while (value >= 1024 && unit < 5) {
    value /= 1024;
    unit++;
  }
  return `${Number(value.toFixed(1))}${"BKMGTP"[unit]}`;
}
