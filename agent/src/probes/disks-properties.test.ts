/** Machines whose files answer anything at all, or with errors. */
import { Outcome, type Subject } from "@nodekeeper/proto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Payload } from "../payload.ts";
import { disks } from "./disks.ts";
import { addDisk, addNvme, addSata, addUsb } from "./test-support/devices.ts";
import { denied, ioError, type TreeEntry, TreeHost } from "./test-support/tree-host.ts";

const mountinfo = [
  "29 1 259:1 / / rw,relatime shared:1 - ext4 /dev/nvme1n1 rw",
  "30 29 8:1 / /data\\040disk rw - xfs /dev/sda1 rw",
  "31 29 0:50 / /mnt/nas rw - nfs4 nas:/export rw",
].join("\n");
const allIds = ["eui.0000000000000011", "naa.50014ee2000000a1", "serial:Tech_DD56419883891", "dm:LVM-x", "serial:root"];

/** A machine with a device of each class. */
function machine(): TreeHost {
  const host = new TreeHost({ "/proc/1/mountinfo": mountinfo });
  addNvme(host, 1, { "nvme1n1p1/partition": "1\n", "nvme1n1p1/size": "2048\n", "nvme1n1p1/dev": "259:2\n", "holders/dm-0": "" });
  addSata(host, "a", {}, { vpd_pg80: "\u0000\uFFFD\u0000\u0008WD-WCC7K" });
  addUsb(host, "b", "2-1.4");
  addDisk(host, "/sys/devices/virtual/block/dm-0", { dev: "253:0\n", "dm/uuid": "LVM-x\n", "dm/name": "vg0-data\n" });
  addDisk(host, "/sys/devices/pci0000:00/0000:00:02.0/virtio1/block/vda", { serial: "root" }, { vendor: "0x1af4\n" });
  host.entries.set("/run/udev/data/b8:0", "E:ID_MODEL_ENC=WDC\\x20WD40EFRX-68N32N0\nE:ID_REVISION=82.00A82\n");
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

    expect(payload?.subjects.map(({ id }) => id).toSorted()).toEqual([...allIds, "/", "/data disk", "/mnt/nas"].toSorted());
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
        expect(subjects.flatMap(faultsOf)).toEqual([]);
        expect(new Set(subjects.map(({ kind, id }) => `${kind} ${id}`)).size).toBe(subjects.length);
      }),
      { numRuns: 800 },
    );
  });
});

/** What of a subject the wire does not allow. */
function faultsOf({ id, value }: Subject): readonly string[] {
  const faults = isPrintable(id, 256) ? [] : [`id ${JSON.stringify(id)}`];
  if (value.case === "blockDevice") {
    const { vendor, model, serial, firmwareRevision, wwid, sizeBytes = 0n, logicalBlockSizeBytes = 1 } = value.value;
    for (const text of [vendor, model, serial, wwid]) if (!isPrintable(text, 256)) faults.push(JSON.stringify(text));
    if (!isPrintable(firmwareRevision, 64)) faults.push(JSON.stringify(firmwareRevision));
    if (sizeBytes > 1n << 60n) faults.push(`size ${sizeBytes}`);
    if (logicalBlockSizeBytes < 1 || logicalBlockSizeBytes > 1 << 30) faults.push(`block size ${logicalBlockSizeBytes}`);
    for (const { number = 0, sizeBytes: size = 0n } of value.value.partitions) {
      if (number > 65_535 || size > 1n << 60n) faults.push(`partition ${number} of ${size}`);
    }
  }
  if (value.case === "filesystem") {
    const { mountPoint, source, type } = value.value;
    for (const [text, limit] of [
      [mountPoint, 1024],
      [source, 1024],
      [type, 64],
    ] as const) {
      if (!isPrintable(text, limit)) faults.push(JSON.stringify(text));
    }
  }
  return faults;
}

function isPrintable(text: string, maximumBytes: number): boolean {
  return Buffer.byteLength(text) <= maximumBytes && !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(text);
}
