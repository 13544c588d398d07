/** What the probes of a small machine read: two disks, three filesystems, a few sensors. */
import { BlockDeviceType, HealthStatus, PowerState, SensorType } from "@nodekeeper/proto";
import { aReading, type Reading } from "./machine.ts";

/** `system` of a machine that has been up for so long and was busy for a quarter of it. */
export function systemReadings(uptimeSeconds = 1000, loadAverage1m = 0.5): readonly Reading[] {
  const busySeconds = uptimeSeconds / 4;
  return [
    aReading(
      "operating_system",
      "",
      {
        case: "operatingSystem",
        value: { id: "debian", prettyName: "Debian GNU/Linux 12 (bookworm)", architecture: "x86_64", hostname: "neko" },
      },
      { uptime_seconds: uptimeSeconds, processes_running: 2 },
    ),
    aReading("board", "", { case: "board", value: { vendor: "AZW", productName: "SER5" } }),
    aReading(
      "cpu",
      "",
      { case: "cpu", value: { modelName: "AMD Ryzen 7 5825U", logicalCount: 16, coreCount: 8 } },
      {
        load_average_1m: loadAverage1m,
        user_seconds_total: busySeconds / 2,
        nice_seconds_total: 0,
        system_seconds_total: busySeconds / 2,
        idle_seconds_total: uptimeSeconds - busySeconds,
        iowait_seconds_total: 0,
        irq_seconds_total: 0,
        softirq_seconds_total: 0,
        steal_seconds_total: 0,
      },
    ),
    aReading(
      "memory",
      "",
      { case: "memory", value: { totalBytes: 32n << 30n, swapTotalBytes: 0n } },
      { available_bytes: 20 * 2 ** 30 },
    ),
    ...["cpu", "memory", "io"].map((id) =>
      aReading("pressure", id, { case: "pressure", value: {} }, { some_avg60_percent: 0.1 }),
    ),
  ];
}

/** `disks`: an NVMe disk, a spinning one, a loop device; / used to this share, a remote mount and an image that is meant to be full. */
export function diskReadings(usedPercent = 40): readonly Reading[] {
  return [
    disk("eui.0001", "nvme0n1", BlockDeviceType.DISK),
    disk("wwn.0002", "sda", BlockDeviceType.DISK),
    disk("loop0", "loop0", BlockDeviceType.LOOP),
    filesystem("/", "ext4", {}, usedPercent),
    filesystem("/data", "ext4", {}, 10),
    filesystem("/mnt/nas", "nfs4", { isRemote: true }, 99),
    filesystem("/snap/core/1", "squashfs", { isReadOnly: true }, 100),
  ];
}

/** `sensors`: a processor and a fan. */
export function sensorReadings(celsius = 51.5): readonly Reading[] {
  return [
    aReading(
      "sensor",
      "k10temp/0/temp1",
      { case: "sensor", value: { chip: "k10temp", label: "Tctl", type: SensorType.TEMPERATURE, critical: 95 } },
      { temperature_celsius: celsius },
    ),
    aReading(
      "sensor",
      "nct6775/0/fan1",
      { case: "sensor", value: { chip: "nct6775", label: "fan1", type: SensorType.FAN } },
      { speed_rpm: 1200 },
    ),
  ];
}

/** `smart`: the health log of the NVMe disk. */
export function smartReadings(percentageUsed = 3): readonly Reading[] {
  return [
    aReading(
      "disk_health",
      "eui.0001",
      {
        case: "diskHealth",
        value: {
          device: "/dev/nvme0",
          protocol: "NVMe",
          status: HealthStatus.PASSED,
          powerState: PowerState.ACTIVE,
          nvme: { percentageUsed, availableSparePercent: 100, dataUnitsWritten: 12_345_678n },
        },
      },
      { temperature_celsius: 40, percentage_used: percentageUsed },
    ),
  ];
}

function disk(id: string, name: string, type: BlockDeviceType): Reading {
  return aReading(
    "block_device",
    id,
    { case: "blockDevice", value: { name, type, sizeBytes: 1_000_204_886_016n, partitions: [{ name: `${name}p1`, number: 1 }] } },
    {
      read_bytes_total: 1e9,
      written_bytes_total: 2e9,
      reads_completed_total: 1e6,
      writes_completed_total: 2e6,
      io_seconds_total: 99,
    },
  );
}

function filesystem(
  mountPoint: string,
  type: string,
  nature: { isRemote?: boolean; isReadOnly?: boolean },
  usedPercent: number,
): Reading {
  const usedBytes = usedPercent * 1e10;
  return aReading(
    "filesystem",
    mountPoint,
    { case: "filesystem", value: { mountPoint, type, source: `/dev/${type}`, sizeBytes: 1_000_000_000_000n, ...nature } },
    { used_bytes: usedBytes, available_bytes: 1e12 - usedBytes, inodes_used: 1000 },
  );
}
