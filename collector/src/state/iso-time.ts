/** Times of the state as the API writes them. */

/** RFC 3339 in UTC with milliseconds, from ms since 1970. */
export function isoTime(atMs: number): string {
  return new Date(atMs).toISOString();
}
