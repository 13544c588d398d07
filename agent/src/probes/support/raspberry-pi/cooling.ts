/**
 * The fan of a Raspberry Pi: its own connector's, one on a pin (overlay gpio-fan), or one of a board that it is plugged into (emc2301, emc2305).
 * Sources: hwmon of those drivers (fan1_input), and their cooling devices of the kernel's thermal framework: pwm-fan, gpio-fan, emc2305_fan.
 */
import type { Host } from "../../../host/host.ts";
import { type Reading, readFile, readNames } from "../../../host/reading.ts";

/** What is read of it. */
export interface RawCooling {
  /** False where no fan is known to the kernel; undefined where that could not be told. */
  readonly hasFan: boolean | undefined;
  /** Absent where the fan does not count its turns. */
  readonly speed: Reading | undefined;
  readonly level: Reading | undefined;
  readonly maximumLevel: Reading | undefined;
}

/** What is known of it. */
export interface CoolingFacts {
  readonly hasFan: boolean | undefined;
  /** Steps above "off". */
  readonly levelCount: number | undefined;
  readonly level: number | undefined;
  readonly rpm: number | undefined;
}

/** Reads the fan; `chips` are the folders of hwmon by the chips' names, undefined where they could not be listed. */
export async function readCooling(host: Host, chips: ReadonlyMap<string, string> | undefined): Promise<RawCooling> {
  const fanFolder = fanChips.map((name) => chips?.get(name)).find((folder) => folder !== undefined);
  const devices = await readNames(host, coolingFolder);
  const names = devices.outcome === "ok" ? devices.value.filter((name) => /^cooling_device\d{1,3}$/.test(name)) : [];
  const types = await Promise.all(names.map((name) => readFile(host, `${coolingFolder}/${name}/type`)));
  const index = types.findIndex((type) => type.outcome === "ok" && /fan/i.test(type.value));
  const device = names[index];
  const files = ["cur_state", "max_state"].map((file) => `${coolingFolder}/${device}/${file}`);
  const [level, maximumLevel] = device === undefined ? [] : await Promise.all(files.map((path) => readFile(host, path)));
  const speed = fanFolder === undefined ? undefined : await readFile(host, `${fanFolder}/fan1_input`);
  const isFound = fanFolder !== undefined || device !== undefined;
  const isCertain = chips !== undefined && devices.outcome !== "failed" && types.every(({ outcome }) => outcome === "ok");
  return { hasFan: isFound ? true : isCertain ? false : undefined, speed, level, maximumLevel };
}

/** What of it can be understood. */
export function coolingOf({ hasFan, speed, level, maximumLevel }: RawCooling): CoolingFacts {
  return {
    hasFan,
    levelCount: numberOf(maximumLevel, maximumLevels),
    level: numberOf(level, maximumLevels),
    rpm: numberOf(speed, maximumRpm),
  };
}

const fanChips: readonly string[] = ["pwmfan", "gpio_fan", "emc2301", "emc2305"];
const coolingFolder = "/sys/class/thermal";
const maximumLevels = 256;
const maximumRpm = 100_000;

function numberOf(reading: Reading | undefined, maximum: number): number | undefined {
  const text = reading?.outcome === "ok" ? reading.value.trim() : "";
  const value = /^\d{1,6}$/.test(text) ? Number(text) : undefined;
  return value !== undefined && value <= maximum ? value : undefined;
}
