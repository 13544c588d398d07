/**
 * Whether somebody keeps the clock right, and how well.
 * Sources: files under /run, and `chronyc tracking` where chronyd runs; nothing is started by the question (no D-Bus), and chronyd is asked by
 * its own port, on this machine only. A probe of its own, since a program costs more than all that `system` reads.
 * Without chronyc (in a container), and with ntpd, it is known which service runs and not what it says.
 */
import { AppError, type ErrorCode } from "@nodekeeper/shared";
import { chronyTracking } from "../host/commands.ts";
import type { CommandResult, Host } from "../host/host.ts";
import type { Payload } from "../payload.ts";
import { defineProbe, type Probe } from "../probe.ts";
import { type HostFiles, joinHostFiles, lineAt, readHostFiles } from "./support/host-files.ts";
import { cut } from "./support/printable.ts";
import { type Finding, sectionOf } from "./support/section.ts";
import { parseChronyTracking } from "./support/time/chrony-tracking.ts";
import { timeServiceFiles, timeServiceFolders, timeServiceIn } from "./support/time/time-service.ts";

/** What one run reads. */
export interface RawTime extends HostFiles {
  /** What chronyc answered, or why not; undefined where it was not asked. */
  readonly tracking: CommandResult | AppError | undefined;
}

/** The probe. */
export const time: Probe<RawTime> = defineProbe({
  name: "time",
  title: "time service and clock",
  intervalMs: 60_000,
  minimumIntervalMs: 15_000,
  maximumIntervalMs: 3_600_000,
  timeoutMs: 20_000,
  needs: { paths: ["/run", "/sys/devices/system/clocksource"], commands: ["chronyc"], root: false },
  read,
  parse,
});

const clockSource = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
/** chronyc itself gives up after three tries in seven seconds at each address. */
const chronycTimeoutMs = 5_000;
/** Nobody is there to be asked. */
const mute: readonly ErrorCode[] = ["HOST_COMMAND_MISSING", "HOST_NOT_SUPPORTED"];

async function read(host: Host, signal: AbortSignal): Promise<RawTime> {
  const first = await readHostFiles(host, { folders: timeServiceFolders, files: [clockSource] });
  const files = joinHostFiles(first, await readHostFiles(host, { files: timeServiceFiles(first) }));
  const isListed = [...first.folders.values()].every(({ outcome }) => outcome !== "failed");
  const isChrony = isListed && timeServiceIn(files).name === "chrony";
  return { ...files, tracking: isChrony ? await askChrony(host, signal) : undefined };
}

function parse(raw: RawTime): Payload {
  const { subject, samples } = sectionOf("time_sync", "", () => finding(raw));
  return { subjects: [subject], lists: [], samples };
}

async function askChrony(host: Host, signal: AbortSignal): Promise<CommandResult | AppError> {
  try {
    return await host.run("chronyc", chronyTracking, { timeoutMs: chronycTimeoutMs, signal });
  } catch (thrown) {
    signal.throwIfAborted();
    return AppError.from(thrown, "HOST_COMMAND_FAILED");
  }
}

function finding(raw: RawTime): Finding<"time_sync"> {
  const { name, isSynchronized, isCertain } = timeServiceIn(raw);
  const common = { clockSource: cut(lineAt(raw, clockSource), 64) };
  const { tracking } = raw;
  if (tracking === undefined || (tracking instanceof AppError && mute.includes(tracking.code))) {
    return { value: { ...common, service: name, isSynchronized } };
  }
  if (tracking instanceof AppError) throw tracking;
  if (tracking.exitCode === 0) {
    const { offsetSeconds, ...said } = parseChronyTracking(tracking);
    return { value: { ...common, service: name, ...said }, samples: { offset_seconds: offsetSeconds } };
  }
  if (!isCertain) return { value: common }; // not to be seen and not to be heard: it does not run
  const why = (tracking.stdout || tracking.stderr).trim().slice(0, 200);
  throw new AppError("HOST_COMMAND_FAILED", `chronyd runs, but chronyc got no answer from it: ${why}`);
}
