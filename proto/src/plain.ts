/**
 * A message as the plain object that API and CLI show: names in camelCase, 64-bit numbers as numbers while they are safe and as decimal
 * strings beyond 2^53, enums as lower-case words without their prefix, bytes in hex. What is unknown is left out: unset optional fields,
 * empty strings and unspecified enum values.
 */
import { type DescEnum, type DescField, type DescMessage, type Message, ScalarType } from "@bufbuild/protobuf";
import { type ReflectMessage, reflect } from "@bufbuild/protobuf/reflect";

/** JSON without holes. */
export type Plain = string | number | boolean | readonly Plain[] | { readonly [key: string]: Plain };

/** Makes the plain object of a message. */
export function toPlain(schema: DescMessage, message: Message): { readonly [key: string]: Plain } {
  return plainMessage(reflect(schema, message));
}

function plainMessage(message: ReflectMessage): { readonly [key: string]: Plain } {
  const result: Record<string, Plain> = {};
  for (const field of message.fields) {
    const value = message.isSet(field) ? plainField(message, field) : undefined;
    if (value !== undefined) result[field.localName] = value;
  }
  return result;
}

function plainField(message: ReflectMessage, field: DescField): Plain | undefined {
  switch (field.fieldKind) {
    case "scalar":
      return plainScalar(message.get(field), field.scalar);
    case "enum":
      return plainEnum(message.get(field), field.enum);
    case "message":
      return plainMessage(message.get(field));
    case "list":
      return [...message.get(field)].map((item) => plainItem(item, field)).filter((item) => item !== undefined);
    case "map":
      throw new Error(`${field.toString()}: the wire has no maps`);
  }
}

function plainItem(item: unknown, field: DescField & { fieldKind: "list" }): Plain | undefined {
  switch (field.listKind) {
    case "scalar":
      return plainScalar(item, field.scalar);
    case "enum":
      return plainEnum(item, field.enum);
    case "message":
      return plainMessage(item as ReflectMessage); // a list of messages gives reflected messages
  }
}

function plainScalar(value: unknown, type: ScalarType): Plain | undefined {
  if (typeof value === "bigint") return plainInteger(value);
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("hex");
  if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
  if (typeof value === "string" || typeof value === "boolean") return value;
  throw new Error(`unexpected ${typeof value} in a field of scalar type ${ScalarType[type]}`);
}

function plainInteger(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}

function plainEnum(value: unknown, description: DescEnum): string | undefined {
  const name = description.values.find((candidate) => candidate.number === value)?.name;
  if (value === 0) return undefined;
  if (name === undefined) return `unknown_${String(value)}`;
  return name.slice((description.sharedPrefix ?? "").length).toLowerCase();
}
