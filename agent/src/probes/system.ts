/**
 * The machine and its operating system: system, board, processors, memory, pressure, boots, battery.
 * Sources: /etc, /proc, /run, /sys and /var/log/wtmp, each named in its part under support/system. What only a reboot or an update changes is
 * read once an hour, and carried in between.
 * Each part is a subject of its own: one that cannot be read fails alone.
 */
import type { BatteryCharge, Host } from "../host/host.ts";
import type { Reading } from "../host/reading.ts";
import { okSubject, type Payload, type SubjectKind } from "../payload.ts";
import { defineProbe, type LastReadAt, type Probe } from "../probe.ts";
import { type HostFiles, joinHostFiles, readHostFiles } from "./support/host-files.ts";
import { parseBattery } from "./support/system/battery.ts";
import { board } from "./support/system/board.ts";
import { parseBootHistory, readBootHistory } from "./support/system/boot-history.ts";
import { cpu } from "./support/system/cpu.ts";
import { memory } from "./support/system/memory.ts";
import { operatingSystem } from "./support/system/operating-system.ts";
import { hasBattery, powerSupplyFiles, powerSupplyFolder } from "./support/system/power-supplies.ts";
import { pressure } from "./support/system/pressure.ts";
import type { SystemSection } from "./support/system/system-section.ts";

/** What one run reads. */
export interface RawSystem extends HostFiles {
  /** What systeminformation says of the battery; undefined where there is none or it cannot say. */
  readonly batteryCharge: BatteryCharge | undefined;
  /** What the records of boots say; undefined while boot_history rests. */
  readonly boots: readonly Reading[] | undefined;
  /** Kinds of which only what may have changed was read. */
  readonly resting: ReadonlySet<SubjectKind>;
}

const sections: readonly SystemSection[] = [operatingSystem, board, cpu, memory, pressure];
const inventories: readonly SubjectKind[] = ["boot_history", ...sections.flatMap(({ inventory }) => inventory ?? [])];
/** How long inventory is not read again. */
const restMs = 3_600_000;

/** The probe. */
export const system: Probe<RawSystem> = defineProbe({
  name: "system",
  title: "operating system, board, processors, memory, pressure, boots",
  intervalMs: 15_000,
  minimumIntervalMs: 5_000,
  maximumIntervalMs: 600_000,
  timeoutMs: 10_000,
  needs: { paths: ["/proc", "/sys", "/etc", "/run", "/var/log/wtmp"], commands: [], root: false },
  read,
  parse,
});

async function read(host: Host, _: AbortSignal, lastReadAt?: LastReadAt): Promise<RawSystem> {
  const resting = lastReadAt === undefined ? nothing : restingKinds(lastReadAt, (await host.time()).wallMs);
  const first = await readHostFiles(host, {
    folders: [powerSupplyFolder, ...sections.flatMap((section) => section.folders(isResting(section, resting)))],
    files: sections.flatMap((section) => section.files(host, isResting(section, resting))),
  });
  const more = sections.flatMap((section) => section.furtherFiles?.(first, isResting(section, resting)) ?? []);
  const further = await readHostFiles(host, { files: [...powerSupplyFiles(first), ...more] });
  const files = joinHostFiles(first, further);
  return {
    ...files,
    batteryCharge: hasBattery(files) ? await readCharge(host) : undefined,
    boots: resting.has("boot_history") ? undefined : await readBootHistory(host),
    resting,
  };
}

function parse(raw: RawSystem): Payload {
  const parts = [
    ...sections.flatMap((section) => section.parse(raw, isResting(section, raw.resting))),
    raw.boots === undefined ? { subject: okSubject("boot_history", "", {}), samples: [] } : parseBootHistory(raw.boots),
    parseBattery(raw, raw.batteryCharge),
  ];
  return {
    subjects: parts.map((part) => part.subject),
    lists: [],
    samples: parts.flatMap((part) => part.samples),
    carried: [...raw.resting].map((kind) => ({ kind, id: "" })),
  };
}

const nothing: ReadonlySet<SubjectKind> = new Set();

/** A clock that was set back makes a reading come from the future: then it is read again. */
function restingKinds(lastReadAt: LastReadAt, nowMs: number): ReadonlySet<SubjectKind> {
  const young = inventories.filter((kind) => {
    const readAtMs = lastReadAt(kind, "");
    return readAtMs !== undefined && readAtMs <= nowMs && nowMs - readAtMs < restMs;
  });
  return new Set(young);
}

function isResting({ inventory }: SystemSection, resting: ReadonlySet<SubjectKind>): boolean {
  return inventory !== undefined && resting.has(inventory);
}

/** Whatever keeps systeminformation from answering, the files that are read anyway tell the same or why not. */
async function readCharge(host: Host): Promise<BatteryCharge | undefined> {
  return await host.battery().catch(() => undefined);
}
