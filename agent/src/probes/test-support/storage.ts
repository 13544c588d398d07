/** Arrays, pools, cards and links as they lie in /sys and /proc, for tests. */
import { addDisk } from "./devices.ts";
import type { TreeHost } from "./tree-host.ts";

/** An array of the md driver; `members` are its slaves by name, with their state. */
export function addRaid(
  host: TreeHost,
  name: string,
  members: Readonly<Record<string, string>>,
  files: Readonly<Record<string, string>> = {},
): void {
  const ofMembers = Object.entries(members).flatMap(([member, state]) => [
    [`slaves/${member}`, ""],
    [`md/dev-${member}/state`, `${state}\n`],
    [`md/dev-${member}/errors`, "0\n"],
  ]);
  addDisk(host, `/sys/devices/virtual/block/${name}`, {
    dev: "9:0\n",
    "md/uuid": "0fbf5f2c-add2-43c2-bd78-a4be3ab709ef\n",
    "md/level": "raid1\n",
    "md/array_state": "clean\n",
    "md/raid_disks": "2\n",
    "md/degraded": "0\n",
    "md/sync_action": "idle\n",
    "md/sync_completed": "none\n",
    "md/mismatch_cnt": "0\n",
    ...Object.fromEntries(ofMembers),
    ...files,
  });
}

/** A mounted btrfs; each device with whether it is missing and its count of each error. */
export function addBtrfs(
  host: TreeHost,
  uuid: string,
  devices: readonly { readonly name?: string; readonly isMissing?: boolean; readonly errors?: number }[],
  label = "",
): void {
  const folder = `/sys/fs/btrfs/${uuid}`;
  host.add(folder, { label: label === "" ? "" : `${label}\n` });
  for (const [index, { name, isMissing = false, errors = 0 }] of devices.entries()) {
    if (name !== undefined) host.add(folder, { [`devices/${name}/size`]: "20971520\n" });
    const kinds = ["write", "read", "flush", "corruption", "generation"].map((kind) => `${kind}_errs ${errors}\n`);
    host.add(`${folder}/devinfo/${index + 1}`, { missing: isMissing ? "1\n" : "0\n", error_stats: kinds.join("") });
  }
}

/** An eMMC or SD card. */
export function addCard(host: TreeHost, number: number, device: Readonly<Record<string, string>>): void {
  const card = `/sys/devices/platform/axi/1000fff000.mmc/mmc_host/mmc${number}/mmc${number}:0001`;
  addDisk(
    host,
    `${card}/block/mmcblk${number}`,
    { dev: `179:${number}\n` },
    { name: "SC64G\n", serial: "0x1a2b3c4d\n", ...device },
  );
}

/** A PCIe function below a port, for `addNvme`. */
export const pciePort = "/sys/devices/pci0000:00/0000:00:1d.0";
export const pcieFunction: string = `${pciePort}/0000:01:00.0`;

/** Files of that function and of the port: awake, with a link of 8 GT/s and four lanes that could not be faster, and with some errors. */
export function addPcieFiles(
  host: TreeHost,
  files: Readonly<Record<string, string>> = {},
  port: Readonly<Record<string, string>> = {},
): void {
  const maximum = { max_link_speed: "8.0 GT/s PCIe\n", max_link_width: "4\n" };
  host.add(pcieFunction, {
    "power/runtime_status": "active\n",
    current_link_speed: "8.0 GT/s PCIe\n",
    current_link_width: "4\n",
    ...maximum,
    aer_dev_correctable: "RxErr 3\nBadTLP 1\nTOTAL_ERR_COR 4\n",
    aer_dev_nonfatal: "Undefined 0\nTOTAL_ERR_NONFATAL 2\n",
    aer_dev_fatal: "Undefined 0\nTOTAL_ERR_FATAL 1\n",
    ...files,
  });
  host.add(pciePort, { "power/runtime_status": "active\n", ...maximum, ...port });
}
