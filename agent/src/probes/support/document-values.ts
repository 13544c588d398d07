/** Values out of a parsed document of unknown shape: what is not there, of another type or out of range is unknown. */
import { printable } from "./printable.ts";

/** The value at a path of keys; undefined where there is none. */
export function at(document: unknown, ...path: readonly string[]): unknown {
  let value = document;
  for (const key of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}

/** The elements of an array; none where it is no array. */
export function elementsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A whole number within bounds. */
export function integerOf(value: unknown, minimum: number, maximum: number): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= minimum && value <= maximum ? value : undefined;
}

/** A count of up to `maximum`, exact beyond 2^53 too. */
export function countOf(value: unknown, maximum: bigint): bigint | undefined {
  const isWhole = typeof value === "bigint" || (typeof value === "number" && Number.isSafeInteger(value));
  const count = isWhole ? BigInt(value) : undefined;
  return count !== undefined && count >= 0n && count <= maximum ? count : undefined;
}

/** True or false. */
export function booleanOf(value: unknown): boolean | undefined {
  return typeof value === "boolean" ? value : undefined;
}

/** A text without padding, printable and cut to a length; empty where there is none. */
export function textOf(value: unknown, maximumBytes?: number): string {
  return typeof value === "string" ? printable(value.trim(), maximumBytes) : "";
}
