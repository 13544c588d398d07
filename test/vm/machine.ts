/** The guest's hardware, as arguments for QEMU. */
import { join } from "node:path";
import { findTool } from "./tool.ts";

/** A raw disk image as a device of the guest. The guest sees virtio and NVMe disks as /dev/serial/<serial>. */
export interface GuestDisk {
  readonly image: string;
  readonly device: "virtio" | "nvme" | "ide";
  /** At most 20 characters without spaces. Also the QMP name of the device: /machine/peripheral/<serial>. */
  readonly serial: string;
  /** Whether it sits in a slot of its own, from which QMP's `device_del` takes it while the guest runs. Not for "ide". */
  readonly isUnpluggable?: boolean;
  /** Whether an NVMe controller has a persistent memory region. */
  readonly hasPersistentMemory?: boolean;
  /** Sectors of 512 bytes that cannot be read: the device answers with an error of its own kind. They can be written. */
  readonly badSectors?: readonly number[];
}

/** What a guest is made of. */
export interface MachineOptions {
  readonly disks?: readonly GuestDisk[];
  /** TCP ports of the guest's own 127.0.0.1 that are reached through a port of the host's. */
  readonly forwardedPorts?: readonly number[];
  /** TCP ports of the host's 127.0.0.1 that the guest reaches at the same ports of its own 127.0.0.1. It reaches nothing else outside. */
  readonly hostPorts?: readonly number[];
  readonly memoryMib?: number;
  /**
   * Whether the guest's time while it works is the number of instructions that it executes, at 250 million a second: what its processes take is
   * then the same however busy the host is. It boots slower.
   */
  readonly countsInstructions?: boolean;
}

/** Where in the guest's network the host's ports are. */
export const hostAddress = "10.0.2.100";

/** Enough for Node and a collector; a file system in the guest's memory takes from it too. */
const defaultMemoryMib = 512;

/** Processor, memory, channels (unix sockets in `folder`, on which QEMU calls) and network. */
export function machineArguments(folder: string, options: MachineOptions): readonly string[] {
  const busybox = findTool("busybox") ?? "busybox";
  const forwards = [
    ...(options.forwardedPorts ?? []).map((port) => `,hostfwd=tcp:127.0.0.1:0-127.0.0.1:${port}`),
    ...(options.hostPorts ?? []).map((port) => `,guestfwd=tcp:${hostAddress}:${port}-cmd:${busybox} nc 127.0.0.1 ${port}`),
  ];
  return [
    ...["-machine", "q35,accel=tcg", "-cpu", "max", "-smp", "1", "-m", String(options.memoryMib ?? defaultMemoryMib)],
    ...(options.countsInstructions === true ? ["-icount", "shift=2,sleep=on,align=off"] : []),
    ...["-nodefaults", "-no-user-config", "-no-reboot", "-display", "none", "-serial", `file:${join(folder, "console")}`],
    ...["-chardev", `socket,id=monitor,path=${join(folder, "monitor")}`, "-mon", "chardev=monitor,mode=control"],
    ...["-chardev", `socket,id=control,path=${join(folder, "control")}`],
    ...["-device", "virtio-serial-pci", "-device", "virtserialport,chardev=control,name=control"],
    ...["-netdev", `user,id=net,restrict=on${forwards.join("")}`, "-device", "virtio-net-pci,netdev=net,romfile="],
  ];
}

/**
 * A guest's flush is a flush of the image file; what QEMU took but the guest did not flush outlives QEMU, though not the host. `chassis` is the
 * number that a slot of its own has in the machine.
 */
export function diskArguments(disk: GuestDisk, chassis: number, isReadOnly = false): readonly string[] {
  const { device, serial, isUnpluggable = false, hasPersistentMemory = false } = disk;
  const model = { virtio: "virtio-blk-pci", nvme: "nvme", ide: "ide-hd" }[device];
  const bus = isUnpluggable ? `,bus=slot-${serial}` : "";
  const region = hasPersistentMemory ? `,pmrdev=memory-${serial}` : "";
  const access = `format=raw,cache=writeback,readonly=${isReadOnly ? "on" : "off"}`;
  return [
    ...(isUnpluggable ? ["-device", `pcie-root-port,id=slot-${serial},chassis=${chassis}`] : []),
    ...(hasPersistentMemory ? ["-object", `memory-backend-ram,id=memory-${serial},size=16M,share=on`] : []),
    ...["-drive", `${fileArgument(disk)},if=none,id=drive-${serial},${access}`],
    ...["-device", `${model},id=${serial},drive=drive-${serial},serial=${serial}${bus}${region}`],
  ];
}

function fileArgument({ image, badSectors = [] }: GuestDisk): string {
  if (badSectors.length === 0) return `file=${image}`;
  const rule = (sector: number, index: number): string =>
    ["event=read_aio", "errno=5", `sector=${sector}`].map((part) => `,file.inject-error.${index}.${part}`).join("");
  return `file.driver=blkdebug,file.image.driver=file,file.image.filename=${image}${badSectors.map(rule).join("")}`;
}
