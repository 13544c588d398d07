/**
 * Disks, as the kernel and they themselves tell of them. The status is that of our findings: what a disk says of itself is not health. A disk in standby
 * is not asked; what cannot change in its sleep stands with the time of its reading, and its temperature is gone.
 */
import { type BlockDevice, BlockDeviceType, type DiskHealth, HealthStatus } from "@nodekeeper/proto";
import type { Finding } from "@nodekeeper/shared/api";
import { doesCount } from "../../evaluate/does-count.ts";
import type { NodeState } from "../../state/node-state.ts";
import { isFreshAndOk, type SubjectView } from "../../state/node-view.ts";
import { bounded, type Chapter, type Family, labelsOf, type Sheet } from "../chapter.ts";
import { flag, isJustRead, numberNow, plain, ratio, seconds, subjectsOf } from "../node-subjects.ts";

const gauge = (name: string, help: string): Family => ({ name: `nodekeeper_disk_${name}`, type: "gauge", help });
const counter = (name: string, help: string): Family => ({ name: `nodekeeper_disk_${name}`, type: "counter", help });

const info = gauge("info", "Always 1; what the disk is.");
const status = gauge(
  "status",
  "1 for the status of the disk by the findings about it (ok, degraded, failed; unknown while it is not heard of), 0 for the others.",
);
const size = gauge("size_bytes", "Its size.");
const passed = gauge(
  "smart_passed",
  "1 when the disk says of itself that it is well (SMART), 0 when it says that it fails. It is not health.",
);
const readAt = gauge("health_read_timestamp_seconds", "When it was last asked, in seconds since 1970; one in standby is not.");
const temperature = gauge("temperature_celsius", "Temperature; not there while it is in standby.");
const wear = gauge("wear_ratio", "Wear by its maker's estimate: 1 when its promised life is used up, and beyond.");
const spare = gauge("spare_ratio", "Spare capacity left (NVMe).");
const spareThreshold = gauge("spare_threshold_ratio", "Below so much spare capacity the disk warns (NVMe).");
const warning = gauge("critical_warning", "Bits of its critical warning (NVMe): not 0 is trouble.");
const mediaErrors = counter("media_errors_total", "Data that it could not read, since it was made. Judge the change.");
const powerOn = counter("power_on_seconds_total", "Time with power since it was made.");
const written = counter("written_bytes_total", "Data written to it since it was made.");

export const disks: Chapter = {
  families: [
    info,
    status,
    size,
    passed,
    readAt,
    temperature,
    wear,
    spare,
    spareThreshold,
    warning,
    mediaErrors,
    powerOn,
    written,
  ],
  write(node, moment, sheet) {
    const open = moment.findingsOf(node.name);
    for (const disk of bounded(disksOf(node, moment.nowMs), "disk", node.name, moment)) writeDisk(node, disk, open, sheet);
  },
};

/** A disk by its id, as either probe knows it. */
interface Disk {
  readonly id: string;
  readonly block: SubjectView | undefined;
  readonly health: SubjectView | undefined;
}

function disksOf(node: NodeState, nowMs: number): readonly Disk[] {
  const health = new Map(subjectsOf(node, "smart", "disk_health", nowMs).map((subject) => [subject.id, subject]));
  const blocks = subjectsOf(node, "disks", "block_device", nowMs).filter(
    ({ id, value }) => health.has(id) || blockOf(value)?.type === BlockDeviceType.DISK,
  );
  const seen = new Set(blocks.map(({ id }) => id));
  return [
    ...blocks.map((block) => ({ id: block.id, block, health: health.get(block.id) })),
    // Behind a RAID controller: smartctl sees it, the kernel does not.
    ...[...health.values()].filter(({ id }) => !seen.has(id)).map((one) => ({ id: one.id, block: undefined, health: one })),
  ];
}

function writeDisk(node: NodeState, { id, block, health }: Disk, open: readonly Finding[], sheet: Sheet): void {
  const device = blockOf(block?.value);
  const log = healthOf(health?.value);
  const names = {
    node: node.name,
    disk: id,
    device: device?.name || (log?.device ?? "").replace(/^\/dev\//, ""),
    model: device?.model || (log?.modelName ?? ""),
    serial: device?.serial || (log?.serialNumber ?? ""),
  };
  const labels = labelsOf(names);
  const more = { bus: device?.bus ?? "", firmware: device?.firmwareRevision || (log?.firmwareVersion ?? "") };
  sheet.add(info, `${labels},${labelsOf(more)}`, 1);
  sheet.states(status, labels, "status", ["ok", "degraded", "failed", "unknown"], statusOf({ id, block, health }, open));
  if (block !== undefined && isFreshAndOk(block)) sheet.add(size, labels, plain(device?.sizeBytes));
  if (health !== undefined && log !== undefined && isFreshAndOk(health)) writeHealth(health, log, labels, sheet);
}

function writeHealth(health: SubjectView, log: DiskHealth, labels: string, sheet: Sheet): void {
  if (log.status !== HealthStatus.UNSPECIFIED) sheet.add(passed, labels, flag(log.status === HealthStatus.PASSED));
  sheet.add(readAt, labels, seconds(health.readAtMs));
  if (isJustRead(health)) sheet.add(temperature, labels, numberNow(health, "temperature_celsius"));
  sheet.add(wear, labels, ratio(numberNow(health, "percentage_used")));
  sheet.add(spare, labels, ratio(numberNow(health, "available_spare_percent")));
  sheet.add(spareThreshold, labels, ratio(log.nvme?.availableSpareThresholdPercent));
  sheet.add(warning, labels, log.nvme?.criticalWarning);
  sheet.add(mediaErrors, labels, numberNow(health, "media_errors_total"));
  const hours = numberNow(health, "power_on_hours");
  sheet.add(powerOn, labels, hours === undefined ? undefined : hours * 3_600);
  sheet.add(written, labels, numberNow(health, "written_bytes_total"));
}

/** By what fires about it and counts. One whose every word is overdue is unknown, whatever was found when it last spoke. */
function statusOf({ id, block, health }: Disk, open: readonly Finding[]): string {
  if (![block, health].some((subject) => subject !== undefined && isFreshAndOk(subject))) return "unknown";
  const severities = open
    .filter(({ subject }) => subject.id === id && (subject.kind === "block_device" || subject.kind === "disk_health"))
    .filter(doesCount)
    .map(({ severity }) => severity);
  if (severities.includes("high")) return "failed";
  return severities.includes("medium") ? "degraded" : "ok";
}

function blockOf(value: SubjectView["value"]): BlockDevice | undefined {
  return value?.case === "blockDevice" ? value.value : undefined;
}

function healthOf(value: SubjectView["value"]): DiskHealth | undefined {
  return value?.case === "diskHealth" ? value.value : undefined;
}
