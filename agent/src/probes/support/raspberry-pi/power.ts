/**
 * Power and throttling of a Raspberry Pi, and where they can be read without harm.
 *
 * - The firmware itself, asked as vcgencmd asks it (src/pi-firmware): all bits, now and since the start, and the voltage at the input. A program
 *   costs a tenth of a second, so it is asked once a minute, and at once when the voltage falls; its answer is kept in between.
 * - hwmon `rpi_volt`: in0_lcrit_alarm is 1 while the supply is, or in the last two seconds was, under 4.63 V (drivers/hwmon/raspberrypi-hwmon.c,
 *   which asks the firmware every two seconds). It knows of nothing else, and costs nothing.
 * - The kernel's log: the same driver tells when the voltage falls and when it is well again, the first three times in five minutes, so that one
 *   dip since the start is enough to be known, and a whole log without one is proof that there was none.
 *
 * `get_throttled` of the firmware's device in sysfs is not read: since Linux 4.19 that makes the kernel print a warning with a backtrace and mark
 * itself as tainted (WARN_ONCE in drivers/firmware/raspberrypi.c of Raspberry Pi's kernel; with panic_on_warn the machine would stop), its history
 * is cleared every two seconds, and since 6.12 it is gone (raspberrypi/linux, pull request 6697).
 */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { RaspberryPiSchema } from "@nodekeeper/proto";
import { AppError } from "@nodekeeper/shared";
import type { Host } from "../../../host/host.ts";
import { type Reading, readFile, readNames } from "../../../host/reading.ts";
import type { KernelLogFollower } from "../kernel-log/kernel-log-follower.ts";
import type { KernelLogMemory } from "../kernel-log/kernel-log-memory.ts";

/** What is read. */
export interface RawPower {
  /** in0_lcrit_alarm; undefined where the driver is not there. */
  readonly alarm: Reading | undefined;
  /** What the firmware answered; undefined where it was not asked, empty where it did not answer. */
  readonly firmware: string | undefined;
  /** Volts at the supply's input, as an earlier run knew them. */
  readonly earlierVolts: number | undefined;
  /** Undefined where the log could not be read. */
  readonly log: { readonly memory: KernelLogMemory; readonly isDrained: boolean } | undefined;
}

/** Fields of the subject. */
export type PowerFacts = Pick<
  MessageInitShape<typeof RaspberryPiSchema>,
  | "isUnderVoltage"
  | "isFrequencyCapped"
  | "isThrottled"
  | "isAtSoftTemperatureLimit"
  | "hasBeenUnderVoltage"
  | "hasBeenFrequencyCapped"
  | "hasBeenThrottled"
  | "hasBeenAtSoftTemperatureLimit"
  | "powerSource"
>;

/** Code of the kernel log's fault (kernel-log/faults/board-faults.ts). */
const underVoltageCode = "undervoltage";

/** What an earlier run of this agent knew, which cannot outlast a restart of the machine, and whether that was within this minute. */
export interface EarlierPower {
  readonly facts: PowerFacts;
  readonly volts: number | undefined;
  readonly isYoung: boolean;
}

/** Reads power; `voltFolder` is that of the hwmon chip. */
export async function readPower(
  host: Host,
  voltFolder: string | undefined,
  { follower, earlier }: { readonly follower: KernelLogFollower; readonly earlier: EarlierPower },
  signal: AbortSignal,
): Promise<RawPower> {
  const [alarm, log] = await Promise.all([
    voltFolder === undefined ? undefined : readFile(host, `${voltFolder}/in0_lcrit_alarm`),
    readLog(host, follower, signal),
  ]);
  const hasFallen = isAlarmed(alarm) === true && earlier.facts.isUnderVoltage !== true;
  const firmware = earlier.isYoung && !hasFallen ? undefined : await askFirmware(host, signal);
  return { alarm, firmware, earlierVolts: earlier.volts, log };
}

/** What of it is known. */
export function powerOf({ alarm, firmware, log }: RawPower, earlier: PowerFacts): PowerFacts {
  const isKept = firmware === undefined && earlier.powerSource === "firmware";
  const bits = isKept ? bitsOf(earlier) : throttledBits(/^throttled=(\S+)$/m.exec(firmware ?? "")?.[1] ?? "");
  const isUnderVoltage = isAlarmed(alarm) ?? bits?.now[0];
  const wasTold = log === undefined ? undefined : underVoltageInLog(log, isAlarmed(alarm) !== undefined);
  const [wasLow = wasTold, wasCapped, wasThrottled, wasHot] = bits?.before ?? [];
  return {
    isUnderVoltage,
    isFrequencyCapped: bits?.now[1],
    isThrottled: bits?.now[2],
    isAtSoftTemperatureLimit: bits?.now[3],
    hasBeenUnderVoltage: isUnderVoltage === true || wasTold === true || earlier.hasBeenUnderVoltage === true ? true : wasLow,
    hasBeenFrequencyCapped: earlier.hasBeenFrequencyCapped === true ? true : wasCapped,
    hasBeenThrottled: earlier.hasBeenThrottled === true ? true : wasThrottled,
    hasBeenAtSoftTemperatureLimit: earlier.hasBeenAtSoftTemperatureLimit === true ? true : wasHot,
    powerSource: sourceOf(bits !== undefined, isAlarmed(alarm) !== undefined, wasTold === true),
  };
}

/** Voltage at the supply's input; undefined where the firmware or the board does not know it. */
export function inputVolts({ firmware, earlierVolts }: RawPower): number | undefined {
  if (firmware === undefined) return earlierVolts;
  const volts = Number(/^EXT5V_V volt\(\d{1,3}\)=(\d{1,2}(?:\.\d{1,9})?)V$/m.exec(firmware)?.[1] ?? Number.NaN);
  return Number.isNaN(volts) ? undefined : volts;
}

/** Under-voltage, frequency capped, throttled, soft temperature limit: now, and since the start. */
export interface ThrottledBits {
  readonly now: readonly (boolean | undefined)[];
  readonly before: readonly (boolean | undefined)[];
}

/** Bits of the firmware's answer, in hexadecimal digits without leading zeros. */
export function throttledBits(text: string): ThrottledBits | undefined {
  const digits = /^0x([0-9a-f]{1,8})$/i.exec(text)?.[1];
  if (digits === undefined) return undefined;
  const bits = Number.parseInt(digits, 16);
  const from = (shift: number): readonly boolean[] => [0, 1, 2, 3].map((bit) => ((bits >>> (bit + shift)) & 1) === 1);
  return { now: from(0), before: from(historyShift) };
}

const historyShift = 16;
const firmwareTimeoutMs = 5_000;
const mailboxes: readonly string[] = ["vcio_gencmd", "vcio"];

function bitsOf(earlier: PowerFacts): ThrottledBits {
  const { isUnderVoltage, isFrequencyCapped, isThrottled, isAtSoftTemperatureLimit } = earlier;
  const { hasBeenUnderVoltage, hasBeenFrequencyCapped, hasBeenThrottled, hasBeenAtSoftTemperatureLimit } = earlier;
  return {
    now: [isUnderVoltage, isFrequencyCapped, isThrottled, isAtSoftTemperatureLimit],
    before: [hasBeenUnderVoltage, hasBeenFrequencyCapped, hasBeenThrottled, hasBeenAtSoftTemperatureLimit],
  };
}

/** Not where there is no mailbox, as with kernels that are not Raspberry Pi's own. */
async function askFirmware(host: Host, signal: AbortSignal): Promise<string> {
  const devices = await readNames(host, "/dev");
  if (devices.outcome !== "ok" || !mailboxes.some((name) => devices.value.includes(name))) return "";
  try {
    const { exitCode, stdout } = await host.run("pi-firmware", [], { timeoutMs: firmwareTimeoutMs, signal });
    return exitCode === 0 ? stdout : "";
  } catch (thrown) {
    signal.throwIfAborted();
    if (thrown instanceof AppError) return "";
    throw thrown;
  }
}

/** A log that may not be read, or is not there, tells nothing; the probe `kernel-log` says why. */
async function readLog(host: Host, follower: KernelLogFollower, signal: AbortSignal): Promise<RawPower["log"]> {
  try {
    const isDrained = await follower.catchUp(host, signal);
    return { memory: follower.memory(), isDrained };
  } catch (thrown) {
    if (signal.aborted) throw AppError.from(thrown);
    return undefined;
  }
}

function isAlarmed(alarm: Reading | undefined): boolean | undefined {
  const value = alarm?.outcome === "ok" ? alarm.value.trim() : "";
  return value === "1" ? true : value === "0" ? false : undefined;
}

/** True where the log tells of it; false where all of the log was read and the driver that would have told is there. */
function underVoltageInLog({ memory, isDrained }: NonNullable<RawPower["log"]>, isDriverThere: boolean): boolean | undefined {
  if (memory.faults.has(underVoltageCode)) return true;
  const { first, lost, suppressed, malformed, forgottenFaults } = memory;
  const isWhole = isDrained && first?.sequence === 0 && lost + suppressed + malformed + forgottenFaults === 0;
  return isWhole && isDriverThere ? false : undefined;
}

function sourceOf(isFirmware: boolean, isVolt: boolean, isLog: boolean): string {
  if (isFirmware) return "firmware";
  if (isVolt) return "rpi_volt";
  return isLog ? "kernel-log" : "";
}
