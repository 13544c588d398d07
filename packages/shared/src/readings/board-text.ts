/** A Raspberry Pi in words: its power, its fan, its external connector. */
import type { SubjectBody } from "../api/node.ts";
import { booleanField, innerSubjects, numberField, textField } from "./fields.ts";

/** What may be wrong with its power and heat: field for now, field since the start, and words. */
const states: readonly (readonly [now: string, before: string, text: string])[] = [
  ["isUnderVoltage", "hasBeenUnderVoltage", "under-voltage"],
  ["isThrottled", "hasBeenThrottled", "throttled"],
  ["isFrequencyCapped", "hasBeenFrequencyCapped", "frequency capped"],
  ["isAtSoftTemperatureLimit", "hasBeenAtSoftTemperatureLimit", "at its soft temperature limit"],
];

/** Its power: "under-voltage, throttled now; frequency capped since the start"; "power is fine" where all that is known is; "" else. */
export function boardPowerText(board: SubjectBody): string {
  const now = states.filter(([field]) => booleanField(board, field) === true);
  const before = states.filter(([field, past]) => booleanField(board, past) === true && booleanField(board, field) !== true);
  const isKnown = booleanField(board, "isUnderVoltage") !== undefined;
  const parts = [
    now.length === 0 ? "" : `${now.map(([, , text]) => text).join(", ")} now`,
    before.length === 0 ? "" : `${before.map(([, , text]) => text).join(", ")} since the start`,
  ].filter((part) => part !== "");
  if (parts.length === 0) return isKnown ? "power is fine" : "";
  return now.length === 0 && isKnown ? `power is fine now; ${parts.join("; ")}` : parts.join("; ");
}

/** True while its power or heat holds it back. */
export function isBoardHeldBack(board: SubjectBody): boolean {
  return states.some(([field]) => booleanField(board, field) === true);
}

/** Its fan: "fan 3120 rpm, step 2 of 4", "no fan"; "" where that is not known. */
export function fanText(board: SubjectBody): string {
  const { fan_rpm: rpm, fan_level_number: level } = board.samples;
  const levels = numberField(board, "coolingLevelCount");
  if (rpm === undefined) return booleanField(board, "hasFan") === false ? "no fan" : "";
  const step = level === undefined || levels === undefined ? "" : `, step ${level} of ${levels}`;
  return `fan ${Math.round(rpm)} rpm${step}`;
}

/** What hangs on its external PCIe connector: "nvme0 at 5 GT/s ×1"; one without a driver is named as such. */
export function externalPcieText(board: SubjectBody): string {
  return innerSubjects(board, "externalLinks")
    .map((link) => {
      const speed = numberField(link, "gigatransfersPerSecond");
      const lanes = numberField(link, "laneCount");
      const name = textField(link, "device") || textField(link, "address");
      const rate = speed === undefined ? "" : ` at ${speed} GT/s${lanes === undefined ? "" : ` ×${lanes}`}`;
      return `${name}${rate}${booleanField(link, "hasDriver") === false ? ", no driver" : ""}`;
    })
    .join("; ");
}
