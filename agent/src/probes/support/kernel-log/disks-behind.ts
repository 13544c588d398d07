/** Which disks a device of the kernel log stands for. Source: the names in /sys/block, and where on the buses they lie. */
import type { Host } from "../../../host/host.ts";
import { isDiskWithHealth } from "../block/name-class.ts";

/** Names of disks that are, or lie behind, one of these devices: nvme0 → nvme0n1, sda2 → sda, "usb 2-1" and ata3 → what hangs there. */
export async function disksBehind(host: Host, devices: readonly string[]): Promise<readonly string[]> {
  if (devices.length === 0) return [];
  const disks = (await host.list("/sys/block")).filter(isDiskWithHealth);
  const behind = await Promise.all(
    disks.map(async (disk) => {
      if (devices.some((device) => isNameOf(device, disk))) return [disk];
      // A disk that is just going away has no place any more.
      const place = await host.realPath(`/sys/block/${disk}`).catch(() => "");
      const folders = new Set(place.split("/"));
      return devices.some((device) => folders.has(folderOf(device))) ? [disk] : [];
    }),
  );
  return behind.flat();
}

/** Whether a device is the disk itself, its controller or a partition of it. */
function isNameOf(device: string, disk: string): boolean {
  if (device === disk) return true;
  if (device.startsWith(disk)) return /^p?\d+$/.test(device.slice(disk.length));
  return /^nvme\d+$/.test(device) && disk.startsWith(`${device}n`);
}

/** The folder of a device on its bus: "usb 2-1" → 2-1. */
function folderOf(device: string): string {
  return device.replace(/^usb /, "");
}
