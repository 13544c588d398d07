/** A machine that has a little of everything, for tests of what people see: a mini PC with five disks, of which some are not well. */
import type { SubjectBody } from "../api/node.ts";
import { gpus } from "./full-machine-gpus.ts";
import { cluster, ollama, raspberryPi, tailscale } from "./full-machine-services.ts";
import { fullMachineNowMs, gigabyte, hourMs, subject } from "./machine-subject.ts";

/** Its subjects, as the API shows them. */
export function fullMachine(): readonly SubjectBody[] {
  return [
    ...system(),
    ...disks(),
    ...arraysAndPools(),
    ...filesystems(),
    ...network(),
    ...sensors(),
    ...kernel(),
    ...gpus(),
    ...ollama(),
    ...tailscale(),
    ...raspberryPi(),
    ...cluster(),
  ];
}

function system(): readonly SubjectBody[] {
  const boot = (daysAgo: number, wasShutDown: boolean | undefined): Record<string, unknown> => ({
    startedAtUnixMs: fullMachineNowMs - daysAgo * 24 * hourMs,
    ...(wasShutDown === undefined ? {} : { wasShutDown }),
  });
  return [
    subject(
      "system",
      "operating_system",
      "",
      {
        prettyName: "Debian GNU/Linux 13 (trixie)",
        kernelRelease: "6.12.57+deb13-amd64",
        architecture: "x86_64",
        hostname: "lynx",
      },
      { uptime_seconds: 180_000 },
    ),
    subject("system", "board", "", { vendor: "Example Corp", productName: "Mini 5825", firmwareVersion: "1.04" }),
    subject("system", "cpu", "", { modelName: "Example 5825U", logicalCount: 16 }, { load_average_1m: 1.37 }),
    subject("system", "memory", "", { totalBytes: 32 * gigabyte, swapTotalBytes: 0 }, { available_bytes: 21 * gigabyte }),
    subject("system", "pressure", "io", {}, { some_avg60_percent: 4.2 }),
    subject(
      "time",
      "time_sync",
      "",
      { isSynchronized: true, service: "chrony", reference: "192.0.2.1", stratumNumber: 3 },
      { offset_seconds: -0.000_42 },
    ),
    subject("system", "boot_history", "", { boots: [boot(2, undefined), boot(3, false), boot(9, true), boot(20, true)] }),
  ];
}

function disks(): readonly SubjectBody[] {
  const nvmeLink = {
    address: "0000:01:00.0",
    gigatransfersPerSecond: 8,
    maximumGigatransfersPerSecond: 8,
    laneCount: 4,
    maximumLaneCount: 4,
  };
  const test = (type: string, result: string, hours: number): Record<string, unknown> => ({ type, result, powerOnHours: hours });
  return [
    subject("disks", "block_device", "eui.1", {
      name: "nvme0n1",
      type: "disk",
      bus: "nvme",
      model: "Example 980 PRO 1TB",
      serial: "EX1234567",
      sizeBytes: 1_000_204_886_016,
      pcieLink: nvmeLink,
    }),
    subject(
      "smart",
      "disk_health",
      "eui.1",
      {
        status: "passed",
        powerOnHours: 15_234,
        formFactor: "M.2",
        nvme: { criticalWarning: 0, percentageUsed: 7, availableSparePercent: 100, availableSpareThresholdPercent: 10 },
        selfTestLog: { tests: [test("extended", "passed", 15_000)] },
      },
      { temperature_celsius: 41, written_bytes_total: 41e12 },
    ),
    subject("disks", "block_device", "eui.2", {
      name: "nvme1n1",
      type: "disk",
      bus: "nvme",
      model: "Example HAT 512GB",
      sizeBytes: 512_110_190_592,
      pcieLink: { ...nvmeLink, gigatransfersPerSecond: 5, maximumGigatransfersPerSecond: 8, laneCount: 1 },
    }),
    subject(
      "smart",
      "disk_health",
      "eui.2",
      {
        status: "failed",
        powerOnHours: 30_001,
        nvme: { criticalWarning: 4, percentageUsed: 103 },
      },
      { temperature_celsius: 55 },
    ),
    subject("disks", "block_device", "naa.1", {
      name: "sda",
      type: "disk",
      bus: "usb",
      model: "Example Red 4TB",
      sizeBytes: 4_000_787_030_016,
      usbBridge: {
        vendorId: "152d",
        productId: "0583",
        manufacturer: "Example",
        product: "Bridge 583",
        driver: "uas",
        speedBitsPerSecond: 5_000_000_000,
        knownTrouble: "This bridge resets under load with uas.",
      },
    }),
    subject(
      "smart",
      "disk_health",
      "naa.1",
      {
        status: "passed",
        powerOnHours: 41_000,
        ata: { pendingSectorCount: 12, reallocatedSectorCount: 1 },
        selfTestLog: { tests: [test("short", "failed", 40_990)], failedTestCount: 1 },
      },
      { temperature_celsius: 38 },
    ),
    subject("disks", "block_device", "naa.2", {
      name: "sdb",
      type: "disk",
      bus: "sata",
      model: "Example Blue 2TB",
      sizeBytes: 2_000_398_934_016,
    }),
    subject("smart", "disk_health", "naa.2", { status: "passed", powerState: "standby" }),
    subject("disks", "block_device", "mmc.1", {
      name: "mmcblk0",
      type: "disk",
      bus: "mmc",
      model: "EX32G",
      sizeBytes: 31_268_536_320,
      flashLife: { cardType: "mmc", usedTypeAPercent: 20, usedTypeBPercent: 30, reserveState: "normal" },
    }),
    subject("disks", "block_device", "loop0", { name: "loop0", type: "loop", sizeBytes: 4096 }),
  ];
}

function arraysAndPools(): readonly SubjectBody[] {
  return [
    subject(
      "disks",
      "block_device",
      "md-1",
      {
        name: "md0",
        type: "raid",
        sizeBytes: 1_000_072_192,
        slaves: ["sda1", "sdb1"],
        raidArray: {
          level: "raid1",
          state: "clean",
          memberCount: 2,
          degradedCount: 1,
          syncAction: "recover",
          members: [
            { name: "sda1", state: "in_sync" },
            { name: "sdb1", state: "faulty" },
          ],
        },
      },
      { raid_sync_percent: 41.3 },
    ),
    subject("disks", "block_device", "dm-0", {
      name: "dm-0",
      type: "device_mapper",
      slaves: ["nvme0n1p3"],
      deviceMapper: { type: "CRYPT", name: "cryptroot" },
    }),
    subject("disks", "block_device", "dm-1", {
      name: "dm-1",
      type: "device_mapper",
      slaves: ["dm-0"],
      deviceMapper: { type: "LVM", name: "vg0-root", volumeGroup: "vg0", logicalVolume: "root" },
    }),
    subject("disks", "storage_pool", "zfs/tank", { type: "zfs", name: "tank", state: "online" }),
  ];
}

function filesystems(): readonly SubjectBody[] {
  const usage = (used: number, available: number): Record<string, number> => ({
    used_bytes: used * gigabyte,
    available_bytes: available * gigabyte,
  });
  return [
    subject(
      "disks",
      "filesystem",
      "/",
      { type: "ext4", source: "/dev/mapper/vg0-root", deviceName: "dm-1", sizeBytes: 400 * gigabyte },
      usage(100, 300),
    ),
    subject(
      "disks",
      "filesystem",
      "/srv",
      { type: "ext4", source: "/dev/md0", deviceName: "md0", sizeBytes: gigabyte, hasFallenReadOnly: true, isReadOnly: true },
      usage(0.4, 0.6),
    ),
    subject(
      "disks",
      "filesystem",
      "/var/lib/longhorn",
      { type: "xfs", source: "/dev/nvme1n1p1", deviceName: "nvme1n1p1", sizeBytes: 500 * gigabyte },
      usage(440, 60),
    ),
    subject("disks", "longhorn_disk", "/var/lib/longhorn", { mountPoint: "/var/lib/longhorn", isMountPoint: true }),
  ];
}

function network(): readonly SubjectBody[] {
  return [
    subject("network", "network_interface", "enp1s0", {
      type: "ethernet",
      operationalState: "up",
      speedBitsPerSecond: 2_500_000_000,
      mtuBytes: 1500,
      addresses: ["fe80::1/64", "192.0.2.7/24"],
    }),
    subject("network", "network_interface", "lo", {
      type: "loopback",
      operationalState: "unknown",
      mtuBytes: 65_536,
      addresses: ["127.0.0.1/8"],
    }),
    subject("network", "overlay_network", "", {
      backend: "vxlan",
      interfaceName: "flannel.1",
      subnet: "10.42.3.1/24",
      mtuBytes: 1450,
      underlyingInterfaceName: "tailscale0",
      underlyingMtuBytes: 1280,
    }),
  ];
}

function sensors(): readonly SubjectBody[] {
  return [45, 61, 52, 38, 40, 33].map((celsius, index) =>
    subject(
      "sensors",
      "sensor",
      `chip/${index}`,
      { chip: "chip", label: `place ${index}`, type: "temperature", critical: 100 },
      { temperature_celsius: celsius },
    ),
  );
}

function kernel(): readonly SubjectBody[] {
  const fault = (
    code: string,
    device: string,
    severity: string,
    count: number,
    hoursAgo: number,
    message: string,
    more: Readonly<Record<string, unknown>> = {},
  ): SubjectBody =>
    subject(
      "kernel-log",
      "kernel_fault",
      `${code} ${device}`,
      { code, device, severity, message, lastAtUnixMs: fullMachineNowMs - hoursAgo * hourMs, ...more },
      { occurrences_total: count },
    );
  return [
    fault("nvme-controller-reset", "nvme1", "warning", 1200, 3, "nvme nvme1: I/O 1 QID 2 timeout, reset controller"),
    fault("filesystem-read-only", "md0", "fault", 1, 5, "EXT4-fs (md0): Remounting filesystem read-only"),
    fault("nvidia-xid", "0000:04:00.0", "fault", 1, 2, "NVRM: Xid (PCI:0000:04:00): 79, GPU has fallen off the bus.", {
      meaning: "The GPU has fallen off the bus.",
      action: "Restart the machine.",
    }),
    fault("link-flap", "enp1s0", "notice", 2, 9, "r8169 0000:02:00.0 enp1s0: Link is Down"),
  ];
}
