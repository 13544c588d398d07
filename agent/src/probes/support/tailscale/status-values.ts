/** Values of a status in our own units. */
import { at, elementsOf, textOf } from "../document-values.ts";

/** The texts of a list that is null where it is empty. What is no text is left out. */
export function textsOf(value: unknown, maximumCount: number, maximumBytes: number): string[] {
  return elementsOf(value)
    .slice(0, maximumCount)
    .map((each) => textOf(each, maximumBytes))
    .filter((each) => each !== "");
}

/** A name of the DNS without the dot at its end. */
export function dnsNameOf(value: unknown): string {
  return textOf(value).replace(/\.$/, "");
}

/** A moment (RFC 3339, with any offset) in ms since 1970. Undefined for Go's zero time, which means never, and for what no clock says. */
export function momentOf(value: unknown): bigint | undefined {
  if (typeof value !== "string" || !moment.test(value)) return undefined;
  const atMs = Date.parse(value);
  return atMs > 0 && atMs < latestMs ? BigInt(atMs) : undefined;
}

const moment = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;
/** What a collector takes for a time. */
const latestMs = Date.UTC(2200, 0, 1);

/** A counter of bytes, 64 bits wide; undefined where there is none. Beyond 2^53 it is rounded, as samples are. */
export function bytesOf(value: unknown): number | undefined {
  return typeof value === "number" && value >= 0 && value <= 2 ** 63 ? value : undefined;
}

/**
 * What both kinds say of a key: when it ends, and whether it has. Without an end there is none: keys of tagged machines never end, and others'
 * only where that was not switched off.
 */
export function keyOf(document: unknown): { readonly keyExpiresAtUnixMs?: bigint; readonly isKeyExpired: boolean } {
  const endsAt = momentOf(at(document, "KeyExpiry"));
  return { ...(endsAt !== undefined && { keyExpiresAtUnixMs: endsAt }), isKeyExpired: at(document, "Expired") === true };
}
