/** Things that a machine may say, for properties: any value of any kind of the wire, by its description, with numbers and words that rules look for. */
import type { DescField, DescMessage } from "@bufbuild/protobuf";
import { ScalarType } from "@bufbuild/protobuf";
import { SubjectSchema } from "@nodekeeper/proto";
import fc from "fast-check";
import type { Thing } from "./judge-machine.ts";
import { startMs } from "./states.ts";

/** Any thing, of any kind. */
export function anyThing(): fc.Arbitrary<Thing> {
  return fc.oneof(...kinds);
}

const dayMs = 24 * 3_600_000;
/** Messages in messages: the wire has no deeper ones. */
const maximumDepth = 4;
/** Words by which rules decide, by the field in which they stand; in others any text stands for those that nobody knows. */
const words: Readonly<Record<string, readonly string[]>> = {
  code: [
    "usb-over-current",
    "nvme-controller-reset",
    "disk-io-error",
    "nvidia-xid-79",
    "nvidia-xid-62",
    "undervoltage",
    "gpu-lost",
  ],
  area: ["disk", "filesystem", "raid", "usb", "memory"],
  device: ["sda", "nvme0", "md0", "0000:01:00.0"],
  driver: ["uas", "nvidia", "vfio-pci"],
  backend_state: ["Running", "NeedsLogin", "Stopped", "Starting"],
  state: ["degraded", "online", "broken", "active", "in_sync", "faulty"],
  reserve_state: ["normal", "warning", "urgent"],
  when_failed: ["now", "past"],
  level: ["raid1", "raid5", "raid6"],
  role: ["server", "agent"],
  vendor: ["nvidia", "amd", "intel"],
  bus: ["nvme", "usb", "sata"],
  recovery_action: ["none", "gpu-reset"],
};
const anyWords = ["", "sda", "nvme0", "/data", "100.64.0.1", "Temperature_Celsius", "ollama.service", "unmounted"];
/** Names of samples by which rules decide. */
const sampleNames = [
  ...["used_bytes", "available_bytes", "inodes_used", "inodes_free", "occurrences_total", "uptime_seconds", "is_active"],
  ...["is_limited_by_hardware_thermal", "is_limited_by_power_brake", "is_limited_by_software_thermal", "memory_used_bytes"],
  ...["ecc_uncorrected_errors_total", "aer_correctable_errors_total", "temperature_celsius", "percentage_used"],
];
const numbers = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(0, 1, 2, 3, 8, 40, 85, 104) }, fc.nat(4_000_000_000));
const times = fc.integer({ min: -40, max: 40 }).map((hours) => BigInt(startMs + hours * (dayMs / 8)));
const samples = fc.dictionary(fc.constantFrom(...sampleNames), numbers, { minKeys: 6 });

const kinds: readonly fc.Arbitrary<Thing>[] = SubjectSchema.fields.flatMap((field) =>
  field.oneof?.localName === "value" && field.message !== undefined ? [thingOf(field.name, field.localName, field.message)] : [],
);

function thingOf(kind: string, valueCase: string, type: DescMessage): fc.Arbitrary<Thing> {
  return fc.record({ id: fc.constantFrom("", "a", "/data", "0000:01:00.0"), init: messageOf(type, 0), samples }).map(
    // The case and the message's description are of one field, which their types do not say.
    ({ id, init, samples }) => ({ kind, id, samples, value: { case: valueCase, value: init } as NonNullable<Thing["value"]> }),
  );
}

function messageOf(type: DescMessage, depth: number): fc.Arbitrary<object> {
  if (depth > maximumDepth) return fc.constant({});
  const fields = type.fields.filter(({ oneof }) => oneof === undefined);
  return fc.record(Object.fromEntries(fields.map((field) => [field.localName, fieldOf(field, depth)])), {
    requiredKeys: [],
  });
}

function fieldOf(field: DescField, depth: number): fc.Arbitrary<unknown> {
  switch (field.fieldKind) {
    case "scalar":
      return scalarOf(field.scalar, field.name);
    case "enum":
      return fc.constantFrom(...field.enum.values.map(({ number }) => number));
    case "message":
      return messageOf(field.message, depth + 1);
    case "list":
      return fc.array(elementOf(field, depth), { maxLength: 2 });
    case "map":
      throw new Error(`${field.name} is a map, and the wire of agents has none`);
  }
}

function elementOf(field: DescField & { fieldKind: "list" }, depth: number): fc.Arbitrary<unknown> {
  if (field.listKind === "message") return messageOf(field.message, depth + 1);
  if (field.listKind === "enum") return fc.constantFrom(...field.enum.values.map(({ number }) => number));
  return scalarOf(field.scalar, field.name);
}

function scalarOf(type: ScalarType, name: string): fc.Arbitrary<unknown> {
  if (name.endsWith("_unix_ms")) return times;
  switch (type) {
    case ScalarType.STRING:
      return fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...(words[name] ?? anyWords)) }, fc.string({ maxLength: 12 }));
    case ScalarType.BOOL:
      return fc.boolean();
    case ScalarType.INT64:
    case ScalarType.UINT64:
      return numbers.map(BigInt);
    case ScalarType.BYTES:
      return fc.constant(new Uint8Array());
    case ScalarType.INT32:
    case ScalarType.SINT32:
      return numbers.map((number) => Math.min(number, 2 ** 31 - 1));
    default:
      return numbers;
  }
}
