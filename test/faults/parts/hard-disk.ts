/** A SATA hard disk in a machine of the corpus: its folder in sysfs, its filesystem, and what smartctl says of it. */
import type { Scene, Values } from "../scene.ts";

/** Where it lies in sysfs. */
const device = "sys/devices/pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0";
const link = "sys/block/sda";
const mount = "50 28 8:0 / /mnt/data rw,relatime shared:40 - ext4 /dev/sda rw,errors=remount-ro\n";
const gigabyte = 1_000_000_000;

/** Values of its attributes that a fault may change, by their place in the table. */
export const attribute = { reallocated: 0, pending: 1, uncorrectable: 2 } as const;

/** Puts one into the machine, mounted at /mnt/data. It is four years old and well. */
export async function addHardDisk(scene: Scene): Promise<void> {
  await scene.writeAll(device, {
    type: "0\n",
    vendor: "ATA     \n",
    model: "WDC WD40EFRX-68N\n",
    rev: "0A82\n",
    wwid: "naa.50014ee2b0000001\n",
    ...block("sda", "8:0"),
  });
  await scene.link(`${device}/block/sda/device`, "../..");
  await scene.link(link, `../../${device}/block/sda`);
  await scene.write("proc/1/mountinfo", `${await scene.read("proc/1/mountinfo")}${mount}`);
  await scene.write("etc/fstab", `${await scene.read("etc/fstab")}\n/dev/sda /mnt/data ext4 defaults 0 2\n`);
  const answer = {
    ...{ sizeBytes: 4_000 * gigabyte, freeBytes: 3_000 * gigabyte, availableBytes: 2_800 * gigabyte },
    ...{ inodesTotal: 244_000_000, inodesFree: 243_000_000 },
  };
  await scene.record((recording) => ({ ...recording, usages: [...recording.usages, { path: "/mnt/data", answer }] }));
  await scene.addProgram(
    "smartctl",
    [
      ...["--json=c", "--info", "--health", "--attributes", "--capabilities", "-n", "standby,3"],
      ...["--log=selftest", "--log=devstat", "-d", "sat", "/dev/sda"],
    ],
    JSON.stringify(health),
  );
}

/** Files of a disk of 4 TB in its folder. */
export function block(name: string, numbers: string): Readonly<Record<string, string>> {
  const files = {
    size: "7814037168\n",
    dev: `${numbers}\n`,
    ro: "0\n",
    removable: "0\n",
    stat: "     100        0     2000      300      400        0     5000      600        0      700      900        0        0        0        0        0        0\n",
    "queue/rotational": "1\n",
    "queue/logical_block_size": "512\n",
    "queue/physical_block_size": "4096\n",
  };
  return Object.fromEntries(Object.entries(files).map(([file, text]) => [`block/${name}/${file}`, text]));
}

/** The controller does not see it any more. */
export async function unplug(scene: Scene): Promise<void> {
  await scene.hide(link);
}

/** It is there again. */
export async function plugIn(scene: Scene): Promise<void> {
  await scene.putBack(link);
}

/** The kernel takes no more writes for its filesystem (the mount itself still says rw), or does again. */
export async function remount(scene: Scene, as: "ro" | "rw"): Promise<void> {
  const text = await scene.read("proc/1/mountinfo");
  await scene.write("proc/1/mountinfo", text.replace(/^(50 .* \/dev\/sda )r[ow](,errors=remount-ro)$/m, `$1${as}$2`));
}

/** Raw values of attributes of it, by their place. */
export function counts(values: Readonly<Partial<Record<keyof typeof attribute, number>>>): Values {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => {
      const place = `ata_smart_attributes.table.${attribute[name as keyof typeof attribute]}.raw`; // names of the same record
      return [
        [`${place}.value`, value],
        [`${place}.string`, `${value}`],
      ];
    }),
  );
}

function row(id: number, name: string, value: number, raw: number, isPrefailure: boolean): object {
  const flags = { value: isPrefailure ? 51 : 50, prefailure: isPrefailure, updated_online: true };
  return {
    id,
    name,
    value,
    worst: value,
    thresh: isPrefailure ? 140 : 0,
    when_failed: "",
    flags,
    raw: { value: raw, string: `${raw}` },
  };
}

/** In the form of smartctl 7.4 (`--json=c`). */
const health = {
  json_format_version: [1, 0],
  smartctl: { version: [7, 4], exit_status: 0 },
  device: { name: "/dev/sda", info_name: "/dev/sda [SAT]", type: "sat", protocol: "ATA" },
  model_family: "Western Digital Red",
  model_name: "WDC WD40EFRX-68N32N0",
  serial_number: "WD-WCC7K0000001",
  wwn: { naa: 5, oui: 5358, id: 11_542_724_609 },
  firmware_version: "82.00A82",
  user_capacity: { blocks: 7_814_037_168, bytes: 4_000_787_030_016 },
  rotation_rate: 5400,
  smart_support: { available: true, enabled: true },
  smart_status: { passed: true },
  ata_smart_attributes: {
    revision: 16,
    table: [
      row(5, "Reallocated_Sector_Ct", 200, 0, true),
      row(197, "Current_Pending_Sector", 200, 0, false),
      row(198, "Offline_Uncorrectable", 100, 0, false),
      row(9, "Power_On_Hours", 52, 35_234, false),
      row(194, "Temperature_Celsius", 118, 32, false),
    ],
  },
  power_on_time: { hours: 35_234 },
  power_cycle_count: 41,
  temperature: { current: 32 },
  ata_smart_self_test_log: {
    standard: { revision: 1, count: 1, error_count_total: 0, error_count_outdated: 0, table: [selfTest(true, 35_000)] },
  },
};

/** An entry of the log of its own tests: an extended one that passed, or that could not read a sector. */
export function selfTest(isPassed: boolean, hours: number): object {
  const status = isPassed
    ? { value: 0, string: "Completed without error", passed: true }
    : { value: 121, string: "Completed: read failure", remaining_percent: 90, passed: false };
  return {
    type: { value: 2, string: "Extended offline" },
    status,
    lifetime_hours: hours,
    ...(isPassed ? {} : { lba: 123_456_789 }),
  };
}
