/** For any message of the wire: one that has every field set, and for each field what should not be in it. */
import type { DescField, DescMessage } from "@bufbuild/protobuf";
import { ScalarType } from "@bufbuild/protobuf";
import { type ReflectMessage, reflect } from "@bufbuild/protobuf/reflect";

/** A change of one field. */
export interface Hostility {
  /** The field and what was put into it, for people. */
  readonly what: string;
  apply(message: ReflectMessage): void;
}

/** Messages in messages: the wire has no deeper ones. */
const maximumDepth = 6;
/** Elements of a list that is too long for anything. */
const manyElements = 20_000;
const longText = "x".repeat(70_000);

/** A message with every field set to something harmless; of a oneof the last one is there. */
export function filled(type: DescMessage, depth = 0): ReflectMessage {
  const message = reflect(type);
  if (depth > maximumDepth) return message;
  for (const field of type.fields) fill(message, field, depth);
  return message;
}

/** Every hostile value of every field, in the messages inside it too. */
export function hostilities(type: DescMessage, trail: readonly DescField[] = []): readonly Hostility[] {
  if (trail.length > maximumDepth) return [];
  return type.fields.flatMap((field) => [
    ...valuesFor(field).map(({ name, put }) => ({
      what: `${[...trail, field].map((step) => step.name).join(".")} = ${name}`,
      apply: (message: ReflectMessage) => put(descend(message, trail)),
    })),
    ...(field.message === undefined ? [] : hostilities(field.message, [...trail, field])),
  ]);
}

function fill(message: ReflectMessage, field: DescField, depth: number): void {
  switch (field.fieldKind) {
    case "scalar":
      message.set(field, harmless(field.scalar));
      break;
    case "enum":
      message.set(field, field.enum.values.at(-1)?.number ?? 0);
      break;
    case "message":
      message.set(field, filled(field.message, depth + 1));
      break;
    case "list":
      message.get(field).add(listItem(field, depth));
      break;
    case "map":
      throw new Error(`${field.name} is a map: this page knows none`);
  }
}

function listItem(field: DescField & { fieldKind: "list" }, depth: number): unknown {
  if (field.listKind === "message") return filled(field.message, depth + 1);
  return field.listKind === "enum" ? 0 : harmless(field.scalar);
}

/** The message that the trail leads to: of a list its first element; what is not there is made. */
function descend(message: ReflectMessage, trail: readonly DescField[]): ReflectMessage {
  const [field, ...rest] = trail;
  if (field === undefined) return message;
  if (field.fieldKind === "message") {
    if (!message.isSet(field)) message.set(field, filled(field.message, trail.length));
    return descend(message.get(field) as ReflectMessage, rest); // a field of messages holds one
  }
  if (field.fieldKind !== "list") throw new Error(`${field.name} holds no message`);
  const list = message.get(field);
  if (list.size === 0 && field.listKind === "message") list.add(filled(field.message, trail.length) as never);
  return descend(list.get(0) as ReflectMessage, rest);
}

interface HostileValue {
  readonly name: string;
  put(message: ReflectMessage): void;
}

function valuesFor(field: DescField): readonly HostileValue[] {
  const nothing: HostileValue = { name: "nothing", put: (message) => message.clear(field) };
  switch (field.fieldKind) {
    case "scalar":
      return [nothing, ...hostileScalars(field.scalar).map(([name, value]) => ({ name, put: setter(field, value) }))];
    case "enum":
      return [nothing, { name: "an unknown word", put: setter(field, 999) }, { name: "-1", put: setter(field, -1) }];
    case "message":
      return [nothing, { name: "an empty message", put: (message) => message.set(field, reflect(field.message)) }];
    case "list":
      return [
        nothing,
        {
          name: `${manyElements} elements`,
          put(message) {
            const item = field.listKind === "message" ? reflect(field.message) : listItem(field, 0);
            for (let count = 0; count < manyElements; count += 1) message.get(field).add(item);
          },
        },
        {
          name: "the same element twice",
          put(message) {
            const item = listItem(field, 0);
            for (let count = 0; count < 2; count += 1) message.get(field).add(item);
          },
        },
      ];
    case "map":
      return [];
  }
}

function setter(field: DescField, value: unknown): (message: ReflectMessage) => void {
  return (message) => message.set(field, value as never); // of the field's own type, as the tables below say
}

function harmless(scalar: ScalarType): unknown {
  switch (scalar) {
    case ScalarType.STRING:
      return "harmless";
    case ScalarType.BYTES:
      return new Uint8Array(16);
    case ScalarType.BOOL:
      return true;
    case ScalarType.INT64:
    case ScalarType.UINT64:
      return 1_000n;
    default:
      return 7;
  }
}

function hostileScalars(scalar: ScalarType): readonly (readonly [string, unknown])[] {
  switch (scalar) {
    case ScalarType.STRING:
      return [
        ["a text of 70,000 letters", longText],
        ["a text with controls", "a\u0000b\u001b[31m\r\nc\u202e"],
        ["a way out", "../../../etc/shadow"],
        ["markup", "<script>alert(1)</script>"],
        ["a name of every object", "__proto__"],
      ];
    case ScalarType.BYTES:
      return [["100,000 bytes", new Uint8Array(100_000)]];
    case ScalarType.BOOL:
      return [["false", false]];
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      return [
        ["not a number", Number.NaN],
        ["infinity", Number.POSITIVE_INFINITY],
        ["-1e300", scalar === ScalarType.FLOAT ? -1e30 : -1e300],
      ];
    case ScalarType.INT64:
      return [
        ["the largest", 2n ** 63n - 1n],
        ["the smallest", -(2n ** 63n)],
      ];
    case ScalarType.UINT64:
      return [["the largest", 2n ** 64n - 1n]];
    case ScalarType.INT32:
      return [
        ["the largest", 2 ** 31 - 1],
        ["the smallest", -(2 ** 31)],
      ];
    default:
      return [["the largest", 2 ** 32 - 1]];
  }
}
