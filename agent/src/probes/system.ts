/**
 * The machine and its operating system: system, board, processors, memory, pressure, time service, battery.
 * Sources: /etc, /proc, /run and /sys, each named in its part under support/system. Everything is read anew each time: a whole run costs less
 * CPU than remembering what may change at an update, a hotplug or a suspend would cost in trust.
 * Each part is a subject of its own: one that cannot be read fails alone.
 */
import type { BatteryCharge, Host } from "../host/host.ts";
import type { Payload } from "../payload.ts";
import { defineProbe, type Probe } from "../probe.ts";
import { type HostFiles, joinHostFiles, readHostFiles } from "./support/host-files.ts";
import { parseBattery } from "./support/system/battery.ts";
import { board } from "./support/system/board.ts";
import { cpu } from "./support/system/cpu.ts";
import { memory } from "./support/system/memory.ts";
import { operatingSystem } from "./support/system/operating-system.ts";
import { hasBattery, powerSupplyFiles, powerSupplyFolder } from "./support/system/power-supplies.ts";
import { pressure } from "./support/system/pressure.ts";
import type { SystemSection } from "./support/system/system-section.ts";
import { timeSync } from "./support/system/time-sync.ts";

/** What one run reads. */
export interface RawSystem extends HostFiles {
  /** What systeminformation says of the battery; undefined where there is none or it cannot say. */
  readonly batteryCharge: BatteryCharge | undefined;
}

const sections: readonly SystemSection[] = [operatingSystem, board, cpu, memory, pressure, timeSync];

/** The probe. */
export const system: Probe<RawSystem> = defineProbe({
  name: "system",
  title: "operating system, board, processors, memory, pressure, time",
  intervalMs: 15_000,
  minimumIntervalMs: 5_000,
  maximumIntervalMs: 600_000,
  timeoutMs: 10_000,
  needs: { paths: ["/proc", "/sys", "/etc", "/run"], commands: [], root: false },
  read,
  parse,
});

async function read(host: Host): Promise<RawSystem> {
  const first = await readHostFiles(host, {
    folders: [powerSupplyFolder, ...sections.flatMap((section) => section.folders)],
    files: sections.flatMap((section) => section.files(host)),
  });
  const further = await readHostFiles(host, {
    files: [...powerSupplyFiles(first), ...sections.flatMap((section) => section.furtherFiles?.(first) ?? [])],
  });
  const files = joinHostFiles(first, further);
  return { ...files, batteryCharge: hasBattery(files) ? await readCharge(host) : undefined };
}

function parse(raw: RawSystem): Payload {
  const parts = [...sections.flatMap((section) => section.parse(raw)), parseBattery(raw, raw.batteryCharge)];
  return { subjects: parts.map((part) => part.subject), lists: [], samples: parts.flatMap((part) => part.samples) };
}

/** Whatever keeps systeminformation from answering, the files that are read anyway tell the same or why not. */
async function readCharge(host: Host): Promise<BatteryCharge | undefined> {
  return await host.battery().catch(() => undefined);
}
