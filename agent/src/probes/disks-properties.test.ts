/** Machines whose files answer anything at all, or with errors. */
import { Outcome, type Subject } from "@nodekeeper/proto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Payload } from "../payload.ts";
import { disks } from "./disks.ts";
import { addDisk, addMapped, addNvme, addSata, addUsb } from "./test-support/devices.ts";
import { missingForRecordings, recordings } from "./test-support/recordings.ts";
import { addBtrfs, addCard, addPcieFiles, addRaid, pcieFunction } from "./test-support/storage.ts";
import { denied, ioError, type TreeEntry, TreeHost } from "./test-support/tree-host.ts";
import { dumpedDevices, hostOf } from "./test-support/udev-dump.ts";

const mountinfo = [
  "29 1 259:1 / / rw,relatime shared:1 - ext4 /dev/nvme1n1 rw",
  "30 29 8:1 / /data\\040disk rw - xfs /dev/sda1 rw",
  "31 29 0:50 / /mnt/nas rw - nfs4 nas:/export rw",
].join("\n");
const allIds = [
  "eui.0000000000000011",
  "naa.50014ee2000000a1",
  "serial:Tech_DD56419883891",
  "serial:SC64G_0x1a2b3c4d",
  "dm:LVM-x",
  "md:0fbf5f2c-add2-43c2-bd78-a4be3ab709ef",
  "serial:root",
];
const pool = "0abb23a9-579b-43e6-ad30-227ef47fcb9d";
const otherIds = ["/", "/data disk", "/mnt/nas", `btrfs/${pool}`, "zfs/tank", "/var/lib/longhorn"];

/** A machine with a device of each class. */
function machine(): TreeHost {
  const host = new TreeHost({ "/proc/1/mountinfo": mountinfo });
  const partition = { "nvme1n1p1/partition": "1\n", "nvme1n1p1/size": "2048\n", "nvme1n1p1/dev": "259:2\n" };
  addNvme(
    host,
    1,
    { ...partition, eui: "00 25 38 5b 71 b0 f3 a1\n", nguid: "ea9f5c12-7b66-41a0-0025-385b71b0f3a1\n" },
    pcieFunction,
  );
  addPcieFiles(host, { current_link_width: "1\n" });
  addSata(host, "a", {}, { vpd_pg80: "\u0000\uFFFD\u0000\u0008WD-WCC7K" });
  host.add("/sys/devices/pci0000:00/0000:00:1f.2/ata1/ata_port/ata1", { port_no: "1\n" });
  addUsb(host, "b", "2-1.4");
  host.add("/sys/devices/pci0000:00/0000:00:14.0/usb2/2-1.4", {
    idVendor: "152d\n",
    idProduct: "0583\n",
    manufacturer: "JMicron\n",
    product: "Tech\n",
    speed: "5000\n",
  });
  addCard(host, 0, { type: "MMC\n", life_time: "0x01 0x02\n", pre_eol_info: "0x01\n" });
  addMapped(host, 0, "LVM-x", "vg0-data", ["sda"]);
  addRaid(host, "md0", { sda: "in_sync", sdb: "faulty" }, { "md/sync_action": "check\n", "md/sync_completed": "5 / 10\n" });
  addDisk(host, "/sys/devices/pci0000:00/0000:00:02.0/virtio1/block/vda", { serial: "root" }, { vendor: "0x1af4\n" });
  addBtrfs(host, pool, [{ name: "sda", errors: 1 }, { isMissing: true }], "bulk");
  host.add("/proc/spl/kstat/zfs", { "tank/state": "ONLINE\n" });
  host.add("/var/lib/longhorn", { "longhorn-disk.cfg": '{"diskName":"d","diskUUID":"5a6d1c2e"}' });
  host.add("/sys/fs/ext4/nvme1n1", { errors_count: "3\n" });
  host.add("/run/udev/data", {
    "b8:0": "E:ID_MODEL_ENC=WDC\\x20WD40EFRX-68N32N0\nE:ID_REVISION=82.00A82\n",
    "b259:2":
      "E:ID_FS_TYPE=ext4\nE:ID_FS_UUID=af54\nE:ID_FS_LABEL_ENC=a\\x20b\nE:ID_PART_ENTRY_UUID=cf\nE:ID_PART_ENTRY_NAME=p\\x20q\n",
  });
  for (const path of ["/", "/data disk", "/mnt/nas"]) {
    host.usages.set(path, { sizeBytes: 10, freeBytes: 5, availableBytes: 4, inodesTotal: 3, inodesFree: 2 });
  }
  return host;
}

const files = [...machine().entries].filter(([, entry]) => typeof entry === "string").map(([path]) => path);
const oneFile = fc.constantFrom(...files);

async function examine(changes: readonly (readonly [string, TreeEntry])[]): Promise<Payload | undefined> {
  const host = machine();
  for (const [path, entry] of changes) host.entries.set(path, entry);
  try {
    return disks.parse(await disks.read(host, new AbortController().signal));
  } catch (thrown) {
    expect(thrown).toMatchObject({ name: "AppError" });
    return undefined;
  }
}

function isComplete(payload: Payload, kind: string): boolean | undefined {
  return payload.lists.find((list) => list.kind === kind)?.isComplete;
}

describe("disks on a machine whose files", () => {
  it("are all well tell each device under its id", async () => {
    const payload = await examine([]);

    expect(payload?.subjects.map(({ id }) => id).toSorted()).toEqual([...allIds, ...otherIds].toSorted());
    expect(payload?.subjects.every(({ outcome }) => outcome === Outcome.OK)).toBe(true);
  });

  it("cannot be read never make it say that a device is gone", async () => {
    const error = fc.constantFrom(ioError("x"), denied("x"), ioError("x", "ETIMEDOUT"));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(oneFile, error), { minLength: 1, maxLength: 4 }), async (changes) => {
        const payload = await examine(changes);

        if (payload === undefined) return;
        const ids = new Set(payload.subjects.map(({ id }) => id));
        const missing = allIds.filter((id) => !ids.has(id));
        expect(missing.length === 0 || isComplete(payload, "block_device") === false).toBe(true);
        expect(ids.has("/") || isComplete(payload, "filesystem") === false).toBe(true);
        expect(ids.has("zfs/tank") || isComplete(payload, "storage_pool") === false).toBe(true);
        expect(ids.has("/var/lib/longhorn") || isComplete(payload, "longhorn_disk") === false).toBe(true);
      }),
      { numRuns: 400 },
    );
  });

  it("say anything never make it throw, or tell what the wire does not allow", async () => {
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 600 }),
      fc.constantFrom(
        "",
        "\n",
        "0\n",
        "-1\n",
        "18446744073709551615\n",
        "99999999999999999999999\n",
        "1e3\n",
        "eui.0000\n",
        "8:1\n",
        "\u0000\u0080",
      ),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(oneFile, text), { minLength: 1, maxLength: 6 }), async (changes) => {
        const payload = await examine(changes);

        const subjects = payload?.subjects ?? [];
        expect(payload === undefined ? [] : faultsOf(payload)).toEqual([]);
        expect(new Set(subjects.map(({ kind, id }) => `${kind} ${id}`)).size).toBe(subjects.length);
      }),
      { numRuns: 800 },
    );
  });
});

const missing = missingForRecordings("jq");

describe.skipIf(missing !== undefined)(
  `disks on a recorded machine${missing === undefined ? "" : ` (skipped: ${missing})`}`,
  () => {
    const dumps = missing === undefined ? recordings("block", ".json").filter(({ name }) => name.startsWith("curtin__")) : [];
    const mountinfos = recordings("proc", "mountinfo.txt").map(({ text }) => text);

    it.each(dumps)(
      "of which bytes are broken never make it throw, or tell what the wire does not allow: $name",
      async ({ path }) => {
        const recorded = hostOf(dumpedDevices(path));
        const texts = [...recorded.entries].filter(([, entry]) => typeof entry === "string").map(([place]) => place);
        const breaks = fc.array(
          fc.record({
            place: fc.constantFrom(...texts, "/proc/1/mountinfo"),
            at: fc.nat(),
            byte: fc.nat(255),
            cut: fc.boolean(),
          }),
          {
            minLength: 1,
            maxLength: 40,
          },
        );
        await fc.assert(
          fc.asyncProperty(fc.constantFrom(...mountinfos), breaks, async (mounts, changes) => {
            const host = new TreeHost(Object.fromEntries(recorded.entries));
            host.entries.set("/proc/1/mountinfo", mounts);
            for (const { place, at, byte, cut } of changes) {
              const bytes = Buffer.from(String(host.entries.get(place)));
              if (bytes.length > 0) bytes[at % bytes.length] = byte;
              host.entries.set(place, bytes.subarray(0, cut ? at % (bytes.length + 1) : bytes.length).toString("utf8"));
            }
            const payload = disks.parse(await disks.read(host, new AbortController().signal));

            expect(payload === undefined ? [] : faultsOf(payload)).toEqual([]);
          }),
          { numRuns: 60 },
        );
      },
    );
  },
);

/** What of a payload the wire does not allow: unprintable or long texts, numbers beyond any device, samples that are no numbers. */
function faultsOf({ subjects, samples }: Payload): readonly string[] {
  const odd = samples.filter(({ value }) => value !== undefined && !(value >= 0 && value <= 2 ** 75)); // a count of sectors is a uint64
  return [...subjects.flatMap(faultsOfSubject), ...odd.map(({ id, name, value }) => `${id} ${name} ${value}`)];
}

function faultsOfSubject({ id, value }: Subject): readonly string[] {
  const faults = isPrintable(id, 256) ? [] : [`id ${JSON.stringify(id)}`];
  const texts = (limit: number, ...all: readonly string[]): void => {
    for (const text of all) if (!isPrintable(text, limit)) faults.push(JSON.stringify(text));
  };
  const within = (maximum: number | bigint, ...all: readonly (number | bigint | undefined)[]): void => {
    for (const number of all) if (number !== undefined && (number < 0 || number > maximum)) faults.push(String(number));
  };
  if (value.case === "blockDevice") {
    const device = value.value;
    texts(256, device.vendor, device.model, device.serial, device.wwid, ...device.identities);
    texts(32, device.bus);
    texts(64, device.firmwareRevision, ...device.holders, ...device.slaves);
    texts(512, device.location, device.usbBridge?.knownTrouble ?? "");
    within(1n << 60n, device.sizeBytes);
    within(1 << 30, device.logicalBlockSizeBytes, device.physicalBlockSizeBytes);
    for (const { number, sizeBytes, content, uuid, label } of device.partitions) {
      within(65_535, number);
      within(1n << 60n, sizeBytes);
      texts(64, content?.type ?? "", uuid);
      texts(256, content?.uuid ?? "", content?.label ?? "", label);
    }
    const { pcieLink, usbBridge, flashLife, raidArray, deviceMapper } = device;
    within(256, pcieLink?.gigatransfersPerSecond, pcieLink?.maximumGigatransfersPerSecond);
    within(32, pcieLink?.laneCount, pcieLink?.maximumLaneCount);
    texts(4, usbBridge?.vendorId ?? "", usbBridge?.productId ?? "");
    texts(
      256,
      usbBridge?.manufacturer ?? "",
      usbBridge?.product ?? "",
      deviceMapper?.name ?? "",
      deviceMapper?.volumeGroup ?? "",
    );
    within(10n ** 12n, usbBridge?.speedBitsPerSecond);
    within(110, flashLife?.usedTypeAPercent, flashLife?.usedTypeBPercent);
    texts(16, flashLife?.cardType ?? "", flashLife?.reserveState ?? "");
    within(4_096, raidArray?.memberCount, raidArray?.degradedCount);
    texts(32, raidArray?.level ?? "", raidArray?.state ?? "", raidArray?.syncAction ?? "");
    for (const member of raidArray?.members ?? []) texts(128, member.state);
  }
  if (value.case === "filesystem") {
    texts(1024, value.value.mountPoint, value.value.source);
    texts(64, value.value.type);
    texts(256, value.value.uuid, value.value.label);
  }
  if (value.case === "storagePool") {
    texts(256, value.value.name);
    texts(32, value.value.state);
    within(4_096, value.value.missingDeviceCount);
  }
  if (value.case === "longhornDisk") texts(64, value.value.diskUuid);
  return faults;
}

function isPrintable(text: string, maximumBytes: number): boolean {
  return Buffer.byteLength(text) <= maximumBytes && !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(text);
}
