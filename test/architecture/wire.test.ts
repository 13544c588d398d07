/** The form of the wire: numbers say their unit, kinds and fields are one name, a measured scalar can be unknown. */
import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { SubjectSchema } from "../../proto/src/index.ts";

const units =
  /(?:_ms|_seconds|_minutes|_bytes|_celsius|_percent|_hertz|_volts|_rpm|_watts|_mhz|_tokens|_dimensions|_total|_per_second)$/;

/** Numbers without a unit, by the last word of their names, with the reason. */
const unitless = new Set([
  "critical_warning", // a bit mask of the NVMe specification
  "percentage_used", // the specification's name; percent, may exceed 100
  "percentage_used_endurance_indicator", // the same for SCSI
  "smartctl_exit_status", // a bit mask
  "normalized_value", // the vendor's own scale
  "worst_value",
  "threshold",
  "raw_value",
  "id", // number of an ATA attribute
  "maximum", // of a sensor: unit by its type
  "critical",
  "designed_capacity", // unit beside it, as the battery reports it
  "maximum_capacity",
  "data_units_read", // the specification's unit: 1000 × 512 bytes
  "data_units_written",
]);

/** Counts of things and ordinals need no unit: the name says what is counted. */
const counted =
  /(?:_count|(?:^|_)number|_cycles|_commands|_entries|_errors|_list|_shutdowns|_hours)$|^power_on_hours$|^inodes_total$/;

const valueMessages = SubjectSchema.oneofs
  .flatMap((oneof) => oneof.fields.map((field) => field.message))
  .filter((message) => message !== undefined);

function numericFields(
  message: DescMessage,
  trail: readonly string[] = [],
): readonly { readonly path: string; readonly field: DescField }[] {
  return message.fields.flatMap((field) => {
    if (field.message !== undefined) return numericFields(field.message, [...trail, field.name]);
    const scalar = field.scalar;
    if (scalar === undefined || scalar === ScalarType.STRING || scalar === ScalarType.BOOL || scalar === ScalarType.BYTES)
      return [];
    return [{ path: [...trail, field.name].join("."), field }];
  });
}

describe("subjects on the wire", () => {
  it("name the unit of every number", () => {
    const nameless = valueMessages
      .flatMap((message) => numericFields(message, [message.name]))
      .filter(({ field }) => !units.test(field.name) && !counted.test(field.name) && !unitless.has(field.name));

    expect(nameless.map(({ path }) => path)).toEqual([]);
  });

  it("let every measured number and truth be unknown", () => {
    const certain = valueMessages.flatMap((message) =>
      message.fields
        .filter(
          (field) =>
            field.fieldKind === "scalar" &&
            field.scalar !== ScalarType.STRING &&
            field.scalar !== ScalarType.BYTES &&
            !field.proto.proto3Optional,
        )
        .map((field) => `${message.name}.${field.name}`),
    );

    expect(certain).toEqual([]);
  });

  it("are called like their message", () => {
    const misnamed = SubjectSchema.oneofs
      .flatMap((oneof) => oneof.fields)
      .filter((field) => field.message?.name !== pascalCase(field.name));

    expect(misnamed.map((field) => field.name)).toEqual([]);
  });
});

function pascalCase(name: string): string {
  return name.replaceAll(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
