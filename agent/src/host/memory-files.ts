/**
 * Which files the kernel answers from memory. Reading one of those at once costs 10 to 20 µs of CPU; by a thread of the pool it costs 80 to
 * 190 µs, but the event loop stays free when the answer comes from hardware (a sensor, an embedded controller, an Ethernet PHY), waits for a
 * lock (RTNL), or lies on a disk that may be dying. So the short list is the fast one, and whatever is not in it is read by the pool.
 */
import { statfsSync } from "node:fs";
import { join } from "node:path";

/** Tells for host paths under one root. */
export interface MemoryFiles {
  /** True when reading the file cannot block. */
  isFile(path: string): boolean;
  /** True when listing the directory or following its links cannot block. */
  isDirectory(path: string): boolean;
  /** True for a path below /sys on a real sysfs, where an attribute is at most one page and comes whole in one read. */
  isAttribute(path: string): boolean;
}

/** Looks once what /proc, /sys, /run and /dev are under this root: in a copy of a host they are ordinary folders on a disk. */
export function createMemoryFiles(root: string): MemoryFiles {
  const isProc = magicOf(join(root, "/proc")) === procMagic;
  const isSys = magicOf(join(root, "/sys")) === sysMagic;
  const isRun = magicOf(join(root, "/run")) === tmpfsMagic;
  const isDev = magicOf(join(root, "/dev")) === tmpfsMagic;
  // A path that goes up is left to whoever resolves it.
  const lies = (path: string, folder: string): boolean => path.startsWith(folder) && !path.includes("/..");
  return {
    isFile: (path) =>
      (isProc && lies(path, "/proc/") && memoryProcFile.test(path)) ||
      (isSys && lies(path, "/sys/") && memorySysFile.test(path)) ||
      (isRun && lies(path, "/run/")),
    isDirectory: (path) =>
      (isProc && (path === "/proc" || (lies(path, "/proc/") && memoryProcDirectory.test(path)))) ||
      (isSys && lies(path, "/sys/")) ||
      (isRun && (path === "/run" || lies(path, "/run/"))) ||
      (isDev && lies(path, "/dev/")),
    isAttribute: (path) => isSys && lies(path, "/sys/"),
  };
}

// statfs(2), f_type.
const procMagic = 0x9fa0;
const sysMagic = 0x62656572;
const tmpfsMagic = 0x01021994; // devtmpfs says the same

const memoryProcFile =
  /^\/proc\/(?:stat|meminfo|vmstat|loadavg|uptime|cpuinfo|diskstats|mdstat|swaps|partitions|filesystems|cmdline|version|(?:sys|pressure|1\/net)\/.*|1\/(?:mountinfo|mounts)|\d+\/(?:cgroup|comm|stat|status))$/;

const memoryProcDirectory = /^\/proc\/(?:(?:sys|pressure|1\/net)(?:\/|$)|spl\/kstat\/zfs$)/;

const memorySysFile = new RegExp(
  `^/sys/(?:${[
    "(?:devices/system/(?:cpu|clocksource)|firmware/devicetree)/.*",
    "class/dmi/id/[^/]+",
    "class/net/[^/]+/(?:address|type|mtu|operstate|carrier_changes|ifindex|iflink|flags|uevent|tun_flags|device/uevent)",
    // Not all of device/*: what a disk says of itself may be asked of the disk. These the drivers of NVMe, SCSI and MMC asked once.
    "(?:block|class/block)/[^/]+/(?:[^/]+/)?(?:size|stat|ro|removable|dev|uevent|partition|start|hidden|inflight)",
    "(?:block|class/block)/[^/]+/(?:queue|dm|md)/[^/]+",
    "(?:block|class/block)/[^/]+/md/dev-[^/]+/(?:state|errors)",
    "block/nvme\\d+n\\d+/(?:wwid|nsid|eui|nguid|device/(?:model|serial|firmware_rev))",
    "block/(?:sd[a-z]+|sr\\d+)/device/(?:vendor|model|rev|wwid|vpd_pg80)",
    "block/mmcblk\\d+/device/(?:type|name|serial|fwrev|life_time|pre_eol_info)",
    "class/nvme/nvme\\d+/transport",
    // Not the strings of a USB device, which wait for whoever is resetting it; nor a PCIe link, which the hardware is asked for.
    "devices/.*/\\d+-\\d+(?:\\.\\d+)*/(?:idVendor|idProduct|speed)",
    "devices/.*/ata_port/ata\\d+/port_no",
    // Of a PCI device what the kernel found when it enumerated it, and how it manages its power: neither asks the device.
    "bus/pci/devices/[^/]+/(?:class|power/(?:runtime_status|control))",
    "devices/.*/(?:power/runtime_status|aer_dev_(?:correctable|nonfatal|fatal))",
    "fs/ext4/[^/]+/errors_count",
    "fs/btrfs/[^/]+/(?:label|devinfo/\\d+/(?:missing|error_stats))",
    "class/hwmon/[^/]+/(?:name|device/power/runtime_status)",
    "class/thermal/[^/]+/(?:type|trip_point_\\d+_type)",
    "module/[^/]+/refcnt",
  ].join("|")})$`,
);

function magicOf(path: string): number | undefined {
  try {
    return statfsSync(path).type;
  } catch {
    return undefined; // not there: whoever reads it will be told so
  }
}
