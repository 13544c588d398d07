/**
 * The text that smartctl would have printed, which --json=o puts into the document line by line. It is read only for values that the JSON of
 * some versions lacks: thresholds and thermal management of NVMe before 7.5, and what SCSI disks count besides the media in all. Pure.
 */
import { at, elementsOf } from "../document-values.ts";

/** What stands behind a label in the text, e.g. "82 Celsius" behind "Warning  Comp. Temp. Threshold"; undefined where no line has it. */
export function printedValue(document: unknown, label: string): string | undefined {
  for (const line of elementsOf(at(document, "smartctl", "output"))) {
    if (typeof line === "string" && line.startsWith(`${label}:`)) return line.slice(label.length + 1).trim();
  }
  return undefined;
}

/** A whole number behind a label, with its unit if it must have one; undefined where there is none, or "-". */
export function printedNumber(document: unknown, label: string, unit = ""): bigint | undefined {
  const digits = /^(-?\d{1,20})(?: (.+))?$/.exec(printedValue(document, label) ?? "");
  return digits !== null && (digits[2] ?? "") === unit ? BigInt(digits[1] ?? "") : undefined;
}
