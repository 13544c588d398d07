/**
 * Values as nvidia-smi prints them: "38 C", "70.35 W", "P0", "Enabled". What is not of the expected form is no value: there are many words for
 * "none" (N/A, [Not Supported], Requested functionality has been deprecated, ERR!), and none of them is a 0.
 */
import { elementAt, type XmlElement } from "./xml-tree.ts";

/** A number with its unit at a path, or without one where the unit is "". */
export function smiNumber(element: XmlElement | undefined, unit: string, ...path: readonly string[]): number | undefined {
  const match = /^(?<number>-?\d+(?:\.\d+)?)\s*(?<unit>\D*)$/.exec(elementAt(element, ...path)?.text ?? "");
  return match?.groups?.["unit"] === unit ? Number(match.groups["number"]) : undefined;
}

/** The first of several names that has such a number: the names moved with the versions of the driver. */
export function firstSmiNumber(element: XmlElement | undefined, unit: string, ...names: readonly string[]): number | undefined {
  return names.map((name) => smiNumber(element, unit, name)).find((value) => value !== undefined);
}

/** A text at a path. */
export function smiText(element: XmlElement | undefined, ...path: readonly string[]): string | undefined {
  const text = elementAt(element, ...path)?.text ?? "";
  return text === "" || noText.test(text) ? undefined : text;
}

/** Enabled or Disabled, Yes or No, Active or Not Active. */
export function smiFlag(element: XmlElement | undefined, ...path: readonly string[]): boolean | undefined {
  return flags.get((elementAt(element, ...path)?.text ?? "").toLowerCase());
}

const noText = /^(?:\[.*\]|N\/A|None|Not Active|ERR!|Unknown.*|Requested functionality has been deprecated)$/i;

const flags: ReadonlyMap<string, boolean> = new Map([
  ["enabled", true],
  ["disabled", false],
  ["yes", true],
  ["no", false],
  ["active", true],
  ["not active", false],
]);
