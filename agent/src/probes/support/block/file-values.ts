/** Values of small files: what is not there, could not be read or cannot be understood is unknown. */
import type { Reading } from "../../../host/reading.ts";

/** Larger than any disk: an exbibyte. */
const maximumBytes = 1n << 60n;
const largestUint64 = (1n << 64n) - 1n;
const sectorBytes = 512n;

/** The text as it was read. */
export function rawTextOf(reading: Reading | undefined): string | undefined {
  return reading?.outcome === "ok" ? reading.value : undefined;
}

/** Text without what pads it: spaces, NULs and unprintable characters at both ends. Undefined where nothing is left. */
export function textOf(reading: Reading | undefined): string | undefined {
  return trimmed(rawTextOf(reading));
}

/** As textOf, of a text at hand. U+FFFD stands for bytes that are no UTF-8. */
export function trimmed(text: string | undefined): string | undefined {
  const inside = text?.replace(/^[\s\p{Cc}\uFFFD]+/u, "").replace(/[\s\p{Cc}\uFFFD]+$/u, "");
  return inside === "" ? undefined : inside;
}

/** A whole number of 64 bits. */
function uint64Of(reading: Reading | undefined): bigint | undefined {
  const text = rawTextOf(reading)?.trim() ?? "";
  if (!/^\d{1,20}$/.test(text)) return undefined;
  const value = BigInt(text);
  return value <= largestUint64 ? value : undefined;
}

/** A whole number within bounds. */
export function integerOf(reading: Reading | undefined, minimum: number, maximum: number): number | undefined {
  const value = Number(uint64Of(reading) ?? Number.NaN);
  return value >= minimum && value <= maximum ? value : undefined;
}

/** 0 or 1. */
export function flagOf(reading: Reading | undefined): boolean | undefined {
  const value = uint64Of(reading);
  if (value === 0n) return false;
  return value === 1n ? true : undefined;
}

/** A number of sectors, which in /sys are of 512 bytes whatever the device's own block size, as bytes. */
export function sectorsToBytes(reading: Reading | undefined): bigint | undefined {
  const sectors = uint64Of(reading);
  return sectors !== undefined && sectors * sectorBytes <= maximumBytes ? sectors * sectorBytes : undefined;
}
