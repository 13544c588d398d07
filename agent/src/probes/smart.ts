/**
 * What disks declare of their own health: NVMe log page 02h, ATA attributes and what they mean, SCSI error counters, logs of self-tests.
 * Source: `smartctl --json` (smartmontools 7.0 or newer), one call for each NVMe controller, each sd disk, and each disk behind a MegaRAID
 * controller; the arguments stand in support/smart/questions.ts, and all of them only read. Needs root.
 *
 * Every disk has one subject. It is absent where there is no health to tell: virtual disks and LUNs (they are not asked), eMMC, empty
 * readers, disks that say they have no SMART, USB bridges that let none through. A machine with nothing but such has no disk health at all.
 *
 * No disk is woken: one in standby, or suspended by the kernel, is left asleep, and its last reading is said again with its time. Spinning
 * disks are read once an hour, so that their own count to standby can end, and disks behind USB bridges every six hours, whether or not that
 * went well. A disk that the kernel complains about is read sooner, if it is awake.
 */
import type { Host } from "../host/host.ts";
import { type Reading, readFile, readNames } from "../host/reading.ts";
import { completeList, incompleteList, type Payload } from "../payload.ts";
import { defineProbe, type LastReadAt, type Past, type Probe } from "../probe.ts";
import type { RawBlockDevices } from "./support/block/raw-block-device.ts";
import { readBlockDevices } from "./support/block/read-block-devices.ts";
import { askDisks } from "./support/smart/ask-disks.ts";
import { healthTargets } from "./support/smart/health-targets.ts";
import { memberKey, readRaidMembers } from "./support/smart/raid-members.ts";
import type { LoneController, RawSmart } from "./support/smart/raw-smart.ts";
import { type Told, tellDisk } from "./support/smart/told-disk.ts";

/** The probe. */
export const smart: Probe<RawSmart> = defineProbe({
  name: "smart",
  title: "health of disks",
  intervalMs: 300_000,
  minimumIntervalMs: 60_000,
  maximumIntervalMs: 24 * 3_600_000,
  timeoutMs: 120_000,
  needs: { paths: ["/sys/block", "/sys/class/nvme", "/sys/class/scsi_host", "/dev"], commands: ["smartctl"], root: true },
  read,
  parse,
});

async function read(host: Host, signal: AbortSignal, lastReadAt?: LastReadAt, past?: Past): Promise<RawSmart> {
  const blockDevices = await readBlockDevices(host, signal);
  const [loneControllers, members] = await Promise.all([readLoneControllers(host, blockDevices), readRaidMembers(host, signal)]);
  const known = { blockDevices, loneControllers, members, memberIds: memberIdsIn(past) };
  const { targets } = healthTargets(known);
  return { ...known, answers: await askDisks(host, targets, { lastReadAt, past }, signal) };
}

function parse(raw: RawSmart): Payload | undefined {
  if (raw.blockDevices.listError !== undefined) throw raw.blockDevices.listError;
  const { targets, incompleteBecause } = healthTargets(raw);
  const told = distinct(targets.map((target) => tellDisk(target, raw.answers)));
  const reason = incompleteBecause ?? told.find(({ unnamedBecause }) => unnamedBecause !== undefined)?.unnamedBecause;
  if (reason === undefined && told.every(({ isMute }) => isMute)) return undefined;
  return {
    subjects: told.map(({ subject }) => subject).filter((subject) => subject !== undefined),
    lists: [reason === undefined ? completeList("disk_health") : incompleteList("disk_health", reason)],
    samples: told.flatMap(({ samples }) => samples),
    carried: told.flatMap(({ carried }) => carried),
  };
}

async function readLoneControllers(host: Host, { devices }: RawBlockDevices): Promise<Reading<readonly LoneController[]>> {
  const names = await readNames(host, "/sys/class/nvme");
  if (names.outcome !== "ok") return names;
  const used = new Set(devices.flatMap((device) => device.nvmeControllers.map(({ name }) => name)));
  const value = await Promise.all(names.value.filter((name) => !used.has(name)).map((name) => readLoneController(host, name)));
  return { ...names, value };
}

async function readLoneController(host: Host, name: string): Promise<LoneController> {
  const folder = `/sys/class/nvme/${name}`;
  const [model, serial, transport] = await Promise.all([
    readFile(host, `${folder}/model`),
    readFile(host, `${folder}/serial`),
    readFile(host, `${folder}/transport`),
  ]);
  return { name, model, serial, transport };
}

function memberIdsIn(past: Past | undefined): ReadonlyMap<string, string> {
  const ids = new Map<string, string>();
  for (const { id, value } of past?.readings("disk_health") ?? []) {
    if (value.case !== "diskHealth") continue;
    const { device, smartctlDeviceType: deviceType } = value.value;
    ids.set(memberKey({ device, deviceType }), id);
  }
  return ids;
}

/** Of two with one id the first counts, which is sysfs's. */
function distinct(told: readonly Told[]): readonly Told[] {
  const seen = new Set<string>();
  return told.filter(({ subject }) => {
    const isKnown = subject !== undefined && seen.has(subject.id);
    if (subject !== undefined) seen.add(subject.id);
    return !isKnown;
  });
}
