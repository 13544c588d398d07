/** The attribute table of an ATA disk as smartctl prints it. Pure. */
import { at, booleanOf, countOf, elementsOf, integerOf, textOf } from "../document-values.ts";
import { maximumRawValue } from "./limits.ts";

/** One row, with every value that could be read. */
export interface DecodedAttribute {
  readonly id: number;
  readonly name: string;
  readonly normalizedValue: number | undefined;
  readonly worstValue: number | undefined;
  readonly threshold: number | undefined;
  readonly whenFailed: string;
  readonly rawValue: bigint | undefined;
  readonly rawText: string;
  readonly isPrefailure: boolean | undefined;
}

/** The standard has room for thirty; ids are of one byte. */
const maximumAttributes = 255;

/** The rows that have an id, in the order of the disk. Raw values stay whole: what is packed into them differs by vendor. */
export function ataAttributesOf(document: unknown): readonly DecodedAttribute[] {
  const rows = elementsOf(at(document, "ata_smart_attributes", "table"));
  return rows
    .map(attributeOf)
    .filter((attribute) => attribute !== undefined)
    .slice(0, maximumAttributes);
}

function attributeOf(row: unknown): DecodedAttribute | undefined {
  const id = integerOf(at(row, "id"), 1, 255);
  if (id === undefined) return undefined;
  return {
    id,
    name: textOf(at(row, "name"), 64),
    normalizedValue: normalizedOf(at(row, "value")),
    worstValue: normalizedOf(at(row, "worst")),
    threshold: integerOf(at(row, "thresh"), 0, 255),
    whenFailed: whenFailedOf(at(row, "when_failed")),
    rawValue: countOf(at(row, "raw", "value"), maximumRawValue),
    rawText: textOf(at(row, "raw", "string"), 128),
    isPrefailure: booleanOf(at(row, "flags", "prefailure")),
  };
}

/** 0, 254 and 255 are no values: vendors put them where they have none. */
function normalizedOf(value: unknown): number | undefined {
  return integerOf(value, 1, 253);
}

function whenFailedOf(value: unknown): string {
  return value === "now" || value === "past" ? value : "";
}
