/** Everything that is wrong with a machine by what it says itself. The collector's rules know more: they remember, and hold. */
import type { SubjectBody, SubjectListBody } from "../api/node.ts";
import { formatAgo, formatCelsius } from "../format.ts";
import { boardTroubles } from "./board-troubles.ts";
import { clusterTroubles } from "./cluster-troubles.ts";
import { diskTroubles } from "./disk-troubles.ts";
import { booleanField, innerSubject, numberField, textField } from "./fields.ts";
import { gpuTroubles } from "./gpu/gpu-troubles.ts";
import { abruptBoots, abruptText, overlayExcessBytes, sensorName } from "./machine.ts";
import { ollamaTroubles } from "./ollama/ollama-troubles.ts";
import { poolTroubles, raidTroubles } from "./pool-troubles.ts";
import { filesystemUsedPercent, fillLimits, inodesUsedPercent, raidArrays } from "./storage.ts";
import { healthOf, presentSubjects, singleSubject } from "./subjects.ts";
import { tailscaleTroubles } from "./tailscale-troubles.ts";
import { byGravity, counted, type Trouble } from "./trouble.ts";

/** Boots without a shutdown are told while the last is at most this old. */
const abruptBootAgeMs = 7 * 86_400_000;
/** So many of them among those that are known are a loop, or bad power. */
const abruptBootCount = 3;

/**
 * The gravest first; empty where nothing is known to be wrong. `nowMs` is ms since 1970. Without `lists` nothing is concluded from what is
 * missing in one.
 */
export function machineTroubles(
  subjects: readonly SubjectBody[],
  nowMs: number,
  lists: readonly SubjectListBody[] = [],
): readonly Trouble[] {
  return byGravity([
    ...presentSubjects(subjects, "block_device").flatMap((device) => deviceTroubles(device, subjects)),
    ...raidArrays(subjects).flatMap(raidTroubles),
    ...presentSubjects(subjects, "storage_pool").flatMap(poolTroubles),
    ...presentSubjects(subjects, "filesystem").flatMap(filesystemTroubles),
    ...faultTroubles(kernelFaultsOf(subjects), nowMs),
    ...presentSubjects(subjects, "sensor").flatMap(sensorTroubles),
    ...presentSubjects(subjects, "overlay_network").flatMap(overlayTroubles),
    ...gpuTroubles({ subjects, lists }, nowMs),
    ...ollamaTroubles({ subjects, lists }),
    ...tailscaleTroubles(subjects, nowMs),
    ...boardTroubles(subjects, nowMs),
    ...clusterTroubles(subjects, nowMs),
    ...systemTroubles(subjects, nowMs),
  ]);
}

function deviceTroubles(device: SubjectBody, subjects: readonly SubjectBody[]): readonly Trouble[] {
  const place = textField(device, "name") || device.id;
  const isHeldUp = booleanField(innerSubject(device, "deviceMapper"), "isSuspended") === true;
  return [
    ...diskTroubles(device, healthOf(subjects, device)).map((trouble) => ({ ...trouble, place })),
    ...(isHeldUp ? [{ level: "medium" as const, place, text: "all reading and writing is held up (suspended)" }] : []),
  ];
}

function filesystemTroubles(filesystem: SubjectBody): readonly Trouble[] {
  const place = filesystem.id;
  const errors = filesystem.samples["errors_total"] ?? 0;
  const own: readonly Trouble[] = [
    ...(booleanField(filesystem, "hasFallenReadOnly") === true
      ? [{ level: "high" as const, place, text: "the kernel has made it read-only since it was mounted" }]
      : []),
    ...(errors > 0
      ? [
          {
            level: "medium" as const,
            place,
            text: `the filesystem counted ${counted(errors, "error")}; check it when it is not mounted`,
          },
        ]
      : []),
  ];
  if (booleanField(filesystem, "isReadOnly") === true || booleanField(filesystem, "isRemote") === true) return own;
  return [
    ...own,
    ...fill(place, filesystemUsedPercent(filesystem), "full"),
    ...fill(place, inodesUsedPercent(filesystem), "out of inodes"),
  ];
}

function fill(place: string, percent: number | undefined, word: "full" | "out of inodes"): readonly Trouble[] {
  if (percent === undefined || percent < fillLimits.warningPercent) return [];
  const text = word === "full" ? `${Math.floor(percent)} % full` : `${Math.floor(percent)} % of its inodes are in use`;
  return [{ level: percent >= fillLimits.badPercent ? "high" : "medium", place, text }];
}

/** Of weak power a board tells itself. */
function kernelFaultsOf(subjects: readonly SubjectBody[]): readonly SubjectBody[] {
  const isBoard = presentSubjects(subjects, "raspberry_pi").length > 0;
  return presentSubjects(subjects, "kernel_fault").filter((fault) => !isBoard || textField(fault, "code") !== "undervoltage");
}

/** What the kernel told of one device is one trouble, as grave as the gravest of it. */
function faultTroubles(faults: readonly SubjectBody[], nowMs: number): readonly Trouble[] {
  const told = faults.filter((fault) => ["fault", "warning"].includes(textField(fault, "severity")));
  const places = [...new Set(told.map((fault) => textField(fault, "device") || "kernel"))];
  return places.map((place) => {
    const own = told.filter((fault) => (textField(fault, "device") || "kernel") === place);
    const words = own.map((fault) => {
      const count = fault.samples["occurrences_total"] ?? 1;
      return `${textField(fault, "code").replaceAll("-", " ")}${count > 1 ? ` (${counted(count, "time")})` : ""}`;
    });
    const times = own.map((fault) => numberField(fault, "lastAtUnixMs")).filter((time) => time !== undefined);
    const last = times.length === 0 ? "" : `, last ${formatAgo(new Date(Math.max(...times)).toISOString(), nowMs)}`;
    const isGrave = own.some((fault) => textField(fault, "severity") === "fault");
    return {
      level: isGrave ? "high" : "low",
      place,
      text: `${place === "kernel" ? "it" : "the kernel"} told of ${words.join(", ")}${last}`,
    };
  });
}

function sensorTroubles(sensor: SubjectBody): readonly Trouble[] {
  const now = sensor.samples["temperature_celsius"];
  const critical = numberField(sensor, "critical");
  const place = sensorName(sensor);
  if (now !== undefined && critical !== undefined && critical > 0 && now >= critical) {
    return [{ level: "high", place, text: `${formatCelsius(now)}, critical from ${formatCelsius(critical)} on` }];
  }
  return sensor.samples["is_alarm"] === 1 ? [{ level: "medium", place, text: "its alarm is on" }] : [];
}

function overlayTroubles(overlay: SubjectBody): readonly Trouble[] {
  const excess = overlayExcessBytes(overlay);
  if (excess === undefined) return [];
  const below = textField(overlay, "underlyingInterfaceName") || "what carries them";
  return [{ level: "medium", place: "pod network", text: `its packets are ${counted(excess, "byte")} too large for ${below}` }];
}

function systemTroubles(subjects: readonly SubjectBody[], nowMs: number): readonly Trouble[] {
  const sync = singleSubject(subjects, "time_sync");
  const system = singleSubject(subjects, "operating_system");
  const history = singleSubject(subjects, "boot_history");
  const isKillTold = presentSubjects(subjects, "kernel_fault").some((fault) => textField(fault, "code") === "out-of-memory-kill");
  const kills = isKillTold ? 0 : (singleSubject(subjects, "memory")?.samples["out_of_memory_kills_total"] ?? 0);
  const boots = history === undefined ? undefined : abruptBoots(history);
  const isRecent = boots?.lastAt !== undefined && nowMs - Date.parse(boots.lastAt) <= abruptBootAgeMs;
  const needsReboot = system !== undefined && booleanField(system, "isRebootRequired") === true;
  return [
    ...(sync !== undefined && booleanField(sync, "isSynchronized") === false
      ? [{ level: "medium" as const, place: "clock", text: "no time service says that it is right" }]
      : []),
    ...(boots !== undefined && isRecent
      ? [
          {
            level: boots.abruptCount >= abruptBootCount ? ("medium" as const) : ("low" as const),
            place: "boots",
            text: abruptText(boots.abruptCount, boots.endedCount, boots.lastAt, nowMs),
          },
        ]
      : []),
    ...(kills > 0
      ? [
          {
            level: "low" as const,
            place: "memory",
            text: `${counted(kills, "process", "processes")} killed for lack of memory since the start`,
          },
        ]
      : []),
    ...(needsReboot ? [{ level: "low" as const, place: "system", text: "installed updates wait for a reboot" }] : []),
  ];
}
