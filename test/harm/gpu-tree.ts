/**
 * A machine with an NVIDIA and an AMD GPU, as a folder: a recorded Raspberry Pi's files, and the GPUs' own as the kernel has them. Whether they sleep
 * is said by power/runtime_status; nothing here is a device, so that what would wake one is only seen.
 */
import { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { repositoryPath } from "../e2e/installation.ts";

/** What power/runtime_status says. */
export type RuntimeStatus = "suspended" | "active";

/** Of each. */
export interface GpuStatuses {
  readonly nvidia: RuntimeStatus;
  readonly amd: RuntimeStatus;
}

/** Where they lie on the bus. */
export const gpuFolders = {
  nvidia: "/sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0",
  amd: "/sys/devices/pci0000:00/0000:00:02.0/0000:03:00.0",
} as const;

/**
 * Files below a GPU's folder that the kernel answers from its own memory (drivers/pci/pci-sysfs.c, drivers/base/power/sysfs.c); any other is answered by
 * the device: config and the link's speed resume it, and so do the attributes of its driver, and what NVIDIA's says in /proc of what it is.
 */
export const memoryFiles: RegExp =
  /\/(?:power\/(?:runtime_status|control|runtime_(?:suspended|active)_time|autosuspend_delay_ms)|power_state|uevent|class|vendor|device|revision|subsystem_(?:vendor|device)|boot_vga|hwmon\/hwmon\d+\/name)$/;

const information = `Model: 		 NVIDIA GeForce RTX 4070 Laptop GPU
IRQ:   		 170
GPU UUID: 	 GPU-00000000-1111-2222-3333-444444444444
Video BIOS: 	 95.06.17.00.6e
Bus Type: 	 PCIe
DMA Size: 	 47 bits
DMA Mask: 	 0x7fffffffffff
Bus Location: 	 0000:01:00.0
Device Minor: 	 0
GPU Firmware: 	 580.159.04
GPU Excluded:	 No
`;

const power = (status: RuntimeStatus): string => `Runtime D3 status:          Enabled (fine-grained)
Tegra iGPU Rail-Gating:     Disabled
Video Memory:               ${status === "suspended" ? "Off" : "Active"}

GPU Hardware Support:
 Video Memory Self Refresh: Supported
 Video Memory Off:          Supported
`;

const version = `NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.159.04  Release Build  (builder@host)  Thu Jan  1 00:00:00 UTC 2026
GCC version:  gcc version 14.2.0 (Debian 14.2.0-19)
`;

/** Makes the machine in a folder that is not there yet. */
export function makeGpuMachine(root: string, status: GpuStatuses): void {
  cpSync(repositoryPath("test/fixtures/hosts/bobcat"), root, { recursive: true, verbatimSymlinks: true });
  // Without these it would be a recorded machine, and without those its disks would be asked for on this one.
  for (const path of [".nodekeeper", "sys/block", "sys/class/nvme"]) rmSync(join(root, path), { recursive: true, force: true });
  const files = {
    ...gpuFiles(gpuFolders.nvidia, status.nvidia, {
      id: "10DE:2820",
      class: "0x030000",
      driver: "nvidia",
      card: "card1",
      hwmon: "hwmon8",
    }),
    ...gpuFiles(gpuFolders.amd, status.amd, {
      id: "1002:7480",
      class: "0x030200",
      driver: "amdgpu",
      card: "card2",
      hwmon: "hwmon9",
    }),
    [`${gpuFolders.amd}/gpu_busy_percent`]: "0\n",
    [`${gpuFolders.amd}/mem_info_vram_total`]: "8573157376\n",
    [`${gpuFolders.amd}/mem_info_vram_used`]: "27262976\n",
    [`${gpuFolders.amd}/pp_dpm_sclk`]: "0: 500Mhz *\n1: 2250Mhz\n",
    "/proc/driver/nvidia/version": version,
    "/proc/driver/nvidia/gpus/0000:01:00.0/information": information,
    "/proc/driver/nvidia/gpus/0000:01:00.0/power": power(status.nvidia),
    ...Object.fromEntries(
      ["nvidia0", "nvidiactl", "nvidia-uvm", "nvidia-modeset", "dri/card1", "dri/renderD128", "kfd"].map((name) => [
        `/dev/${name}`,
        "",
      ]),
    ),
    "/proc/1/fd/README": "",
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  rmSync(join(root, "proc/1/fd/README"));
  // Somebody's program has one open, as a desktop has on a laptop that sleeps nevertheless.
  symlinkSync("/dev/dri/card1", join(root, "proc/1/fd/3"));
  linkGpus(root);
}

interface Card {
  readonly id: string;
  readonly class: string;
  readonly driver: string;
  readonly card: string;
  readonly hwmon: string;
}

function gpuFiles(folder: string, status: RuntimeStatus, card: Card): Readonly<Record<string, string>> {
  const [vendor = "", device = ""] = card.id.toLowerCase().split(":");
  const address = folder.slice(folder.lastIndexOf("/") + 1);
  const own = {
    class: `${card.class}\n`,
    vendor: `0x${vendor}\n`,
    device: `0x${device}\n`,
    uevent: `DRIVER=${card.driver}\nPCI_CLASS=${card.class.slice(2)}\nPCI_ID=${card.id}\nPCI_SUBSYS_ID=17AA:3CE1\nPCI_SLOT_NAME=${address}\n`,
    power_state: status === "suspended" ? "D3cold\n" : "D0\n",
    "power/runtime_status": `${status}\n`,
    "power/control": "auto\n",
    "power/runtime_suspended_time": "86000000\n",
    "power/runtime_active_time": "400000\n",
    "power/autosuspend_delay_ms": "5000\n",
    config: "\0".repeat(64),
    resource: "0x0 0x0 0x0\n",
    current_link_speed: "2.5 GT/s PCIe\n",
    current_link_width: "8\n",
    max_link_speed: "16.0 GT/s PCIe\n",
    max_link_width: "16\n",
    aer_dev_correctable: "TOTAL_ERR_COR 0\n",
    [`drm/${card.card}/dev`]: "226:1\n",
    [`hwmon/${card.hwmon}/name`]: `${card.driver}\n`,
    [`hwmon/${card.hwmon}/temp1_input`]: "41000\n",
  };
  return Object.fromEntries(Object.entries(own).map(([name, text]) => [`${folder}/${name}`, text]));
}

/** Links as sysfs has them: by bus, by class, and back to the device. */
function linkGpus(root: string): void {
  const link = (path: string, target: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    symlinkSync(relative(dirname(path), target), join(root, path));
  };
  for (const [index, folder] of Object.values(gpuFolders).entries()) {
    const hwmon = `hwmon${8 + index}`;
    const card = `card${1 + index}`;
    link(`/sys/bus/pci/devices/${folder.slice(folder.lastIndexOf("/") + 1)}`, folder);
    link(`/sys/class/hwmon/${hwmon}`, `${folder}/hwmon/${hwmon}`);
    link(`${folder}/hwmon/${hwmon}/device`, folder);
    link(`/sys/class/drm/${card}`, `${folder}/drm/${card}`);
    link(`${folder}/drm/${card}/device`, folder);
  }
}
