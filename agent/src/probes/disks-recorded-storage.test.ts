/** Storage in recordings: contents, LVM, arrays, pools, PCIe links and USB, held against what other tools or other files of the recording say. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { BlockDevice } from "@nodekeeper/proto";
import { systemClock } from "@nodekeeper/shared";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createLocalHost } from "../host/local-host.ts";
import type { Payload } from "../payload.ts";
import { disks } from "./disks.ts";
import { isVirtualIdentity } from "./support/block/attachment.ts";
import { addDisk } from "./test-support/devices.ts";
import { DisksMachine } from "./test-support/disks-machine.ts";
import { factsAt, runToPayload, samplesAt, subjectAt } from "./test-support/payload-view.ts";
import { type UnpackedTree, unpackTar, unpackTtar } from "./test-support/recorded-trees.ts";
import { extractByJq, missingForRecordings, recordings, recordingsFolder } from "./test-support/recordings.ts";
import { dumpedDevices, hostOf } from "./test-support/udev-dump.ts";

const missing = missingForRecordings("jq", "tar");
const note = missing === undefined ? "" : ` (skipped: ${missing})`;

let checked = 0;

afterAll(() => {
  process.stdout.write(`recorded storage: ${checked} facts held against other tools and files\n`);
});

/** Counts what was compared, so that a comparison of nothing with nothing is seen. */
function compare(found: object, expected: object): void {
  checked += Object.keys(expected).length;
  expect(found).toMatchObject(expected);
}

function examine({ root }: UnpackedTree): Promise<Payload> {
  const place = join(root, "proc/1/mountinfo");
  mkdirSync(dirname(place), { recursive: true });
  writeFileSync(place, "30 29 0:5 / /proc rw - proc proc rw\n");
  return runToPayload(disks, createLocalHost({ root, clock: systemClock }));
}

function devicesOf({ subjects }: Payload): readonly BlockDevice[] {
  return subjects.flatMap(({ value }) => (value.case === "blockDevice" ? [value.value] : []));
}

/** What blkid, sfdisk and LVM said on the same machine. Of a device with partitions what lies on the whole of it is not told. */
const probedFilter = `(.storage // .) | ([(.blockdev // {})[] | .DEVPATH]) as $paths | {
  contents: [(.filesystem // {}) | to_entries[] | . as $entry | select([$paths[] | select(contains($entry.key[5:] + "/"))] == [])
    | {key: (.key | ltrimstr("/dev/")), value: {type: .value.TYPE, uuid: .value.UUID, label: (.value.LABEL // "")}}] | from_entries,
  partitions: [(.blockdev // {})[] | .partitiontable.partitions[]? | select(.uuid)
    | {key: (.node | ltrimstr("/dev/")), value: (.uuid | ascii_downcase)}] | from_entries,
  volumes: [(.lvm.logical_volumes // {}) | keys[]]
}`;

interface Probed {
  readonly contents: Readonly<Record<string, object>>;
  readonly partitions: Readonly<Record<string, string>>;
  readonly volumes: readonly string[];
}

describe.skipIf(missing !== undefined)(`dumps of udev${note}`, () => {
  it.each(recordings("block", ".json").filter(({ name }) => name.startsWith("curtin__")))(
    "tell contents, partitions and volumes as blkid, sfdisk and LVM did: $name",
    async ({ path }) => {
      const devices = devicesOf(await runToPayload(disks, hostOf(dumpedDevices(path))));
      const [probed] = extractByJq(probedFilter, [path]) as readonly Probed[];

      const contents = devices
        .flatMap((device) => [device, ...device.partitions])
        .map(({ name, content }) => [name, { ...content, label: content?.label.replaceAll(" ", "_") }]); // as blkid was asked
      compare(Object.fromEntries(contents), probed?.contents ?? {});
      const partitions = devices.flatMap((device) => device.partitions.map(({ name, uuid }) => [name, uuid]));
      compare(Object.fromEntries(partitions), probed?.partitions ?? {});
      const volumes = devices.flatMap(({ deviceMapper: mapper }) =>
        mapper?.type === "lvm" ? [`${mapper.volumeGroup}/${mapper.logicalVolume}`] : [],
      );
      expect(volumes.sort()).toEqual([...(probed?.volumes ?? [])].sort());
      // All of these are virtual machines but one.
      const physical = devices.filter(({ isVirtual, name }) => isVirtual !== true && /^(?:nvme|sd|vd)/.test(name));
      expect(physical.map(({ name }) => name)).toEqual(path.includes("nvme_uuid") ? ["nvme0n1"] : []);
    },
  );

  it("tell the content of a stick as udevadm shows it", async () => {
    const text = readFileSync(join(recordingsFolder, "block/curtin__udevadm_info_sandisk_cruzer.txt"), "utf8");
    const machine = new DisksMachine();
    const place = "/sys/devices/pci0000:00/0000:00:1d.0/usb2/2-1/2-1.5/2-1.5.1/2-1.5.1:1.0/host6/target6:0:0/6:0:0:0/block/sdc";
    addDisk(
      machine,
      place,
      { "sdc1/partition": "1\n", "sdc1/size": "8\n", "sdc1/dev": "8:33\n" },
      { model: "Cruzer Fit      \n" },
    );
    machine.add("/run/udev/data", { "b8:33": text.replaceAll(/^(\w+)='(.*)'$/gm, "E:$1=$2") });

    const [stick] = devicesOf(await machine.probe());

    compare(stick?.partitions[0] ?? {}, {
      uuid: "36b64baf-01",
      content: { type: "iso9660", uuid: "2020-04-23-08-02-07-00", label: "Ubuntu-Server 20.04 LTS amd64" },
    });
  });
});

describe.skipIf(missing !== undefined)(`a recorded tree of /sys with arrays, pools and an NVMe disk${note}`, () => {
  const archive = missing === undefined ? readFileSync(join(recordingsFolder, "sys/node_exporter__sys.ttar"), "utf8") : "";

  let tree: UnpackedTree;

  beforeAll(() => {
    tree = unpackTtar({ "sys/node_exporter__sys.ttar": "", "sys/node_exporter__udev.ttar": "run" });
  });

  afterAll(() => tree[Symbol.dispose]());

  /** A file of the archive, by its text. */
  function lineOf(path: string): string {
    const [, lines, first = ""] = archive.slice(archive.indexOf(`\nPath: ${path}\n`) + 1).split("\n", 3);
    return archive.includes(`\nPath: ${path}\n`) && lines !== "Lines: 0" ? first.replace(/EOF$/, "").trim() : "";
  }

  it("tells each array as its files do", async () => {
    const names = [...new Set([...archive.matchAll(/^Path: sys\/block\/(md\d+)\/md\/level$/gm)].map((match) => match[1] ?? ""))];
    for (const name of names) writeFileSync(join(tree.root, "sys/block", name, "size"), "2048\n"); // not recorded

    const payload = await examine(tree);

    expect(names.length).toBe(6);
    for (const name of names) {
      const file = (path: string): string => lineOf(`sys/block/${name}/md/${path}`);
      const members = [...archive.matchAll(new RegExp(`^Path: sys/block/${name}/md/dev-(\\w+)/state$`, "gm"))].map(
        ([, member = ""]) => ({ name: member, state: file(`dev-${member}/state`) }),
      );
      const device = devicesOf(payload).find((each) => each.name === name);
      compare(device?.raidArray ?? {}, {
        level: file("level"),
        state: file("array_state"),
        memberCount: Number(file("raid_disks")),
        ...(file("degraded") === "" ? {} : { degradedCount: Number(file("degraded")) }),
        syncAction: file("sync_action"),
        members,
      });
    }
    const degraded = devicesOf(payload).filter(({ raidArray }) => (raidArray?.degradedCount ?? 0) > 0);
    expect(degraded.map(({ name }) => name).sort()).toEqual(["md5", "md6"]);
    expect(samplesAt(payload, "block_device", `md:${lineOf("sys/block/md6/md/uuid")}`)).toMatchObject({
      raid_sync_percent: (1_569_888 / 2_093_056) * 100,
    });
  });

  it("tells each btrfs, and not whether it is whole, which that kernel did not say", async () => {
    const payload = await examine(tree);

    const uuids = [...archive.matchAll(/^Path: sys\/fs\/btrfs\/([0-9a-f-]+)\/label$/gm)].map((match) => match[1] ?? "");
    expect(payload.subjects.filter(({ kind }) => kind === "storage_pool").map(({ id }) => id)).toEqual(
      uuids.map((uuid) => `btrfs/${uuid}`).sort(),
    );
    for (const uuid of uuids) {
      const devices = [...archive.matchAll(new RegExp(`^Path: sys/fs/btrfs/${uuid}/devices/(\\w+)/size$`, "gm"))];
      const label = lineOf(`sys/fs/btrfs/${uuid}/label`);
      const facts = factsAt(payload, "storage_pool", `btrfs/${uuid}`);
      expect(facts).toEqual({
        type: "btrfs",
        uuid,
        devices: devices.map((match) => match[1]),
        ...(label === "" ? {} : { name: label }),
      });
      checked += devices.length;
    }
  });

  it("tells the PCIe link and errors of the NVMe disk, and its partitions", async () => {
    const own = "sys/devices/pci0000:00/0000:00:02.1/0000:01:00.0";
    symlinkSync(`../devices/${own.slice("sys/devices/".length)}/nvme/nvme0/nvme0n1`, join(tree.root, "sys/block/nvme0n1")); // not recorded

    const payload = await examine(tree);

    const id = lineOf(`${own}/nvme/nvme0/nvme0n1/wwid`);
    const gigatransfers = (path: string): number => Number.parseFloat(lineOf(path));
    const disk = devicesOf(payload).find(({ name }) => name === "nvme0n1");
    compare(disk?.pcieLink ?? {}, {
      address: "0000:01:00.0",
      gigatransfersPerSecond: gigatransfers(`${own}/current_link_speed`),
      maximumGigatransfersPerSecond: Math.min(
        gigatransfers(`${own}/max_link_speed`),
        gigatransfers(`${dirname(own)}/max_link_speed`),
      ),
      laneCount: Number(lineOf(`${own}/current_link_width`)),
      maximumLaneCount: Number(lineOf(`${own}/max_link_width`)),
      isSuspended: false,
    });
    compare(disk ?? {}, { location: "pci0000:00/0000:00:02.1/0000:01:00.0/ns1", model: lineOf(`${own}/nvme/nvme0/model`) });
    expect(disk?.partitions.map(({ name }) => name)).toEqual(["nvme0n1p1", "nvme0n1p2", "nvme0n1p3"]);
    expect(samplesAt(payload, "block_device", id)).toMatchObject({
      aer_correctable_errors_total: 0,
      aer_nonfatal_errors_total: 0,
      aer_fatal_errors_total: 0,
    });
  });
});

describe.skipIf(missing !== undefined)(`a recorded tree of NVMe controllers${note}`, () => {
  it("has each namespace once, by all its identities, and no PCIe link of one that two controllers share", async () => {
    using tree = unpackTar("nvme-cli/libnvme__tree-pcie.tar.xz");
    mkdirSync(join(tree.root, "sys/block"));
    const found = execFileSync("find", ["sys/devices", "-regex", ".*/nvme[0-9]+n[0-9]+"], { cwd: tree.root, encoding: "utf8" });
    const places = found.trim().split("\n").sort();
    for (const place of places) symlinkSync(`../../${place}`, join(tree.root, "sys/block", place.split("/").at(-1) ?? "")); // not recorded

    const payload = await examine(tree);

    expect(devicesOf(payload).map(({ name }) => name)).toEqual(["nvme0n1", "nvme1n1"]);
    for (const place of places) {
      const wwid = execFileSync("cat", ["wwid"], { cwd: join(tree.root, place), encoding: "utf8" }).trim();
      const nguid = readFileSync(join(tree.root, place, "nguid"), "utf8").replaceAll("-", "");
      expect(subjectAt(payload, "block_device", wwid).value.case).toBe("blockDevice");
      expect(`eui.${nguid.trim()}`).toBe(wwid);
      checked += 2;
    }
    const links = devicesOf(payload).map(({ pcieLink, location }) => [pcieLink?.address, location]);
    expect(links).toEqual([
      ["0214:90:00.0", "pci0214:90/0214:90:00.0/ns1"],
      [undefined, ""],
    ]);
  });
});

describe.skipIf(missing !== undefined)(`names of disks in recordings${note}`, () => {
  const filter = `([.. | objects | select(.tran? and .model?) | {vendor: (.vendor // ""), model, tran}],
    [select(.smartctl?) | {vendor: (.scsi_vendor // .vendor // ""), model: (.scsi_product // .model_name // .product // ""), tran: ""}])[]`;
  const virtual = /QEMU|VIRTUAL-DISK|VMware|Virtual|Gadget|\bIET\b/;

  it("are those of virtual disks where one of the known makers of such is named, and of no other", () => {
    const paths = [...recordings("block", ".json"), ...recordings("smart", ".json")].map(({ path }) => path);

    const names = extractByJq(filter, paths) as readonly {
      readonly vendor: string;
      readonly model: string;
      readonly tran: string;
    }[];

    expect(names.length).toBeGreaterThan(100);
    expect(names.filter(({ vendor, model }) => virtual.test(`${vendor} ${model}`)).length).toBeGreaterThan(1);
    for (const { vendor, model } of names) {
      expect(`${vendor} ${model}: ${isVirtualIdentity(vendor.trim(), model.trim())}`).toBe(
        `${vendor} ${model}: ${virtual.test(`${vendor} ${model}`)}`,
      );
      checked++;
    }
  });
});
