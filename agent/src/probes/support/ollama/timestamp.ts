/** Moments as Go prints them: RFC 3339 with an offset and up to nine digits of a second. */

/** In ms since 1970; undefined where it is no moment, and for Go's zero, which means "never set". */
export function timestampMs(value: unknown): number | undefined {
  if (typeof value !== "string") return undefined;
  const [, seconds, fraction = "", offset = ""] =
    /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:\d{2})$/.exec(value) ?? [];
  if (seconds === undefined) return undefined;
  const wholeMs = Date.parse(`${seconds}${offset}`);
  const atMs = wholeMs + Number(fraction.padEnd(3, "0").slice(0, 3));
  return Number.isNaN(atMs) || atMs <= 0 ? undefined : atMs;
}
