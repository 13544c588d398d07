/** Values of a GPU's monitoring chip, found by their labels: the numbers of channels differ from driver to driver. Pure. */
import type { Reading } from "../../../host/reading.ts";
import { integerOf, textOf } from "../block/file-values.ts";

/** Files by path, as readAttributes gives them. */
export type Attributes = Readonly<Record<string, Reading>>;

/** A temperature with its limits. */
export interface ChipTemperature {
  readonly celsius: number | undefined;
  readonly critical: number | undefined;
  readonly emergency: number | undefined;
}

/** No GPU is hotter than its solder melts; 0 is what drivers print that cannot tell. */
const maximumMillidegrees = 200_000;
/** Ten kilowatts, in microwatts. */
const maximumMicrowatts = 10_000_000_000;
const maximumMicrojoules = 2 ** 64;
const maximumHertz = 100_000_000_000;

/** The temperature of the first label that there is; "" stands for a chip whose first channel has none. */
export function temperatureOf(attributes: Attributes, ...labels: readonly string[]): ChipTemperature {
  const channel = channelOf(attributes, "temp", labels);
  const celsius = (suffix: string): number | undefined => {
    const value = integerOf(attributes[`hwmon/${channel}_${suffix}`], 1, maximumMillidegrees);
    return value === undefined ? undefined : value / 1000;
  };
  return { celsius: celsius("input"), critical: celsius("crit"), emergency: celsius("emergency") };
}

/** A file of power1, in watts; the first that there is. */
export function wattsOf(attributes: Attributes, ...suffixes: readonly string[]): number | undefined {
  return scaled(
    suffixes.map((suffix) => attributes[`hwmon/power1_${suffix}`]),
    maximumMicrowatts,
    1_000_000,
  );
}

/** Energy since the driver was loaded, in joules. */
export function joulesOf(attributes: Attributes, ...labels: readonly string[]): number | undefined {
  return scaled([attributes[`hwmon/${channelOf(attributes, "energy", labels)}_input`]], maximumMicrojoules, 1_000_000);
}

/** A clock, in hertz. */
export function hertzOf(attributes: Attributes, ...labels: readonly string[]): number | undefined {
  return integerOf(attributes[`hwmon/${channelOf(attributes, "freq", labels)}_input`], 0, maximumHertz);
}

/** Speed of the first fan. */
export function fanRpmOf(attributes: Attributes): number | undefined {
  return integerOf(attributes["hwmon/fan1_input"], 0, 100_000);
}

/** How far the fan is driven. */
export function fanPercentOf(attributes: Attributes): number | undefined {
  const maximum = integerOf(attributes["hwmon/pwm1_max"], 1, 255) ?? 255;
  const value = integerOf(attributes["hwmon/pwm1"], 0, maximum);
  return value === undefined ? undefined : Math.round((value / maximum) * 100);
}

/** A whole number of megahertz, in hertz. */
export function megahertz(reading: Reading | undefined): number | undefined {
  const value = integerOf(reading, 0, maximumHertz / 1_000_000);
  return value === undefined ? undefined : value * 1_000_000;
}

/** True when one of the flags is set; undefined where none can be read. */
export function anyFlag(attributes: Attributes, paths: readonly string[]): number | undefined {
  const values = paths.map((path) => integerOf(attributes[path], 0, 1)).filter((value) => value !== undefined);
  return values.length === 0 ? undefined : Math.max(...values);
}

function channelOf(attributes: Attributes, kind: string, labels: readonly string[]): string {
  for (const label of labels) {
    const found = Object.keys(attributes).find((path) => labelOf(attributes, path, kind) === label);
    if (found !== undefined) return /(\w+\d+)_label$/.exec(found)?.[1] ?? "";
    const isWithout = attributes[`hwmon/${kind}1_label`] === undefined && attributes[`hwmon/${kind}1_input`] !== undefined;
    if (label === "" && isWithout) return `${kind}1`;
  }
  return "none";
}

function labelOf(attributes: Attributes, path: string, kind: string): string | undefined {
  return new RegExp(`^hwmon/${kind}\\d+_label$`).test(path) ? textOf(attributes[path]) : undefined;
}

function scaled(readings: readonly (Reading | undefined)[], maximum: number, scale: number): number | undefined {
  const value = readings.map((reading) => integerOf(reading, 0, maximum)).find((each) => each !== undefined);
  return value === undefined ? undefined : value / scale;
}
