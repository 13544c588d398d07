/** GPUs as they lie in /sys and /proc, for tests. */
import type { DriverGpu, DriverReading } from "../support/gpu/driver-reading.ts";
import type { TreeHost } from "./tree-host.ts";

/** What may differ from an NVIDIA card that is awake and can sleep. */
export interface GpuOptions {
  readonly pciId?: string;
  /** "" for none. */
  readonly driver?: string;
  readonly pciClass?: string;
  readonly status?: string;
  readonly control?: string;
  readonly drm?: readonly string[];
  readonly runtimeD3?: string;
  readonly videoMemory?: string;
  readonly model?: string;
  readonly minor?: number;
  readonly files?: Readonly<Record<string, string>>;
}

/** Where a GPU's folder lies. */
export function gpuPath(address: string): string {
  return `/sys/devices/pci0000:00/0000:00:01.0/${address}`;
}

/** Adds a GPU; adding it anew changes it. */
export function addGpu(host: TreeHost, address: string, options: GpuOptions = {}): void {
  const { pciId = "10DE:2C05", driver = "nvidia", pciClass = "30000", status = "active", control = "auto" } = options;
  host.add("/sys/bus/pci/devices", { [address]: { link: gpuPath(address) } });
  const uevent = [
    ...(driver === "" ? [] : [`DRIVER=${driver}`]),
    `PCI_CLASS=${pciClass}`,
    `PCI_ID=${pciId}`,
    "PCI_SUBSYS_ID=1462:5110",
    `PCI_SLOT_NAME=${address}`,
  ];
  host.add(gpuPath(address), {
    class: `0x${pciClass.padStart(6, "0")}\n`,
    uevent: `${uevent.join("\n")}\n`,
    power_state: status === "suspended" ? "D3cold\n" : "D0\n",
    "power/runtime_status": `${status}\n`,
    "power/control": `${control}\n`,
    "power/runtime_suspended_time": "9000\n",
    "power/runtime_active_time": "61500\n",
    current_link_speed: "16.0 GT/s PCIe\n",
    current_link_width: "16\n",
    max_link_speed: "16.0 GT/s PCIe\n",
    max_link_width: "16\n",
    ...Object.fromEntries((options.drm ?? []).map((name) => [`drm/${name}/uevent`, ""])),
    ...options.files,
  });
  if (driver === "nvidia") addNvidiaFiles(host, address, options);
}

/** Takes a GPU off the bus; its driver may still list it. */
export function removeGpu(host: TreeHost, address: string): void {
  host.remove(gpuPath(address));
  host.remove(`/sys/bus/pci/devices/${address}`);
  host.add("/sys/bus/pci/devices", { "0000:00:00.0": { link: "/sys/devices/pci0000:00/0000:00:00.0" } });
  host.add("/sys/devices/pci0000:00/0000:00:00.0", { class: "0x060000\n" });
}

/** Sets what the kernel says of its power. */
export function setStatus(host: TreeHost, address: string, status: string): void {
  host.entries.set(`${gpuPath(address)}/power/runtime_status`, `${status}\n`);
}

/** An answer of NVIDIA's driver. */
export function driverReading(gpus: readonly DriverGpu[], more: Partial<DriverReading> = {}): DriverReading {
  return { source: "nvml", driverVersion: "580.95.05", cudaVersion: "13.0", gpus, ...more };
}

function addNvidiaFiles(host: TreeHost, address: string, options: GpuOptions): void {
  const { model = "NVIDIA GeForce RTX 5070 Ti", minor = 0 } = options;
  const { runtimeD3 = "Enabled (fine-grained)", videoMemory = "Active" } = options;
  host.add("/proc/driver/nvidia", {
    version:
      "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.95.05  Release Build  (root@host)\nGCC version:  gcc 13\n",
  });
  host.add(`/proc/driver/nvidia/gpus/${address}`, {
    information: `Model: \t\t ${model}\nIRQ:   \t\t 120\nGPU UUID: \t GPU-????????-????-????-????-????????????\nDevice Minor: \t ${minor}\nGPU Excluded:\t No\n`,
    power: `Runtime D3 status:          ${runtimeD3}\nVideo Memory:               ${videoMemory}\n\nGPU Hardware Support:\n Video Memory Self Refresh: Supported\n Video Memory Off:          Supported\n`,
  });
}
