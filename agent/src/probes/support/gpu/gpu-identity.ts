/** Who built a GPU and which driver it has, by its uevent (kernel documentation, ABI/testing/sysfs-uevent). Pure. */
import { textOf } from "../block/file-values.ts";
import { printable } from "../printable.ts";
import type { RawGpu } from "./raw-gpu.ts";

/** As Gpu.vendor on the wire. */
export type GpuVendor = "nvidia" | "amd" | "intel" | "raspberry-pi" | "virtual" | "other";

/** What the bus knows of it. */
export interface GpuIdentity {
  readonly vendor: GpuVendor;
  /** e.g. 10de:2c05; "" off PCI. */
  readonly pciId: string;
  readonly subsystemPciId: string;
  /** "" where none is bound. */
  readonly driver: string;
}

/** PCI vendors; what is not here is another's. */
const vendors: ReadonlyMap<string, GpuVendor> = new Map<string, GpuVendor>([
  ["10de", "nvidia"],
  ["1002", "amd"],
  ["8086", "intel"],
  ["1af4", "virtual"], // virtio
  ["1234", "virtual"], // QEMU's and Bochs's
  ["1b36", "virtual"], // QXL
  ["15ad", "virtual"], // VMware
  ["80ee", "virtual"], // VirtualBox
  ["1414", "virtual"], // Hyper-V
  ["1013", "virtual"], // Cirrus Logic: only virtual machines have one today
]);

/** The identity; unknown parts are "". */
export function gpuIdentity(gpu: RawGpu): GpuIdentity {
  const uevent = ueventOf(textOf(gpu.files["uevent"]) ?? "");
  const pciId = (uevent.get("PCI_ID") ?? "").toLowerCase();
  const driver = printable(uevent.get("DRIVER") ?? "", 64);
  return {
    vendor: gpu.isOnPci ? (vendors.get(pciId.slice(0, 4)) ?? "other") : vendorOfSoc(driver),
    pciId: idOf(pciId),
    subsystemPciId: idOf((uevent.get("PCI_SUBSYS_ID") ?? "").toLowerCase()),
    driver,
  };
}

/** v3d is the name of Broadcom's GPU in the Raspberry Pi 4 and 5, and of nobody else's. */
function vendorOfSoc(driver: string): GpuVendor {
  return driver === "v3d" ? "raspberry-pi" : "other";
}

function idOf(text: string): string {
  return /^[0-9a-f]{4}:[0-9a-f]{4}$/.test(text) && text !== "0000:0000" ? text : "";
}

function ueventOf(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split("\n").map((line) => {
      const at = line.indexOf("=");
      return [line.slice(0, at), line.slice(at + 1)] as const;
    }),
  );
}
