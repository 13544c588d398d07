/** Times as people write them: 500ms, 30s, 5m, 12h, 7d. Inside the house a time is a number of milliseconds. */

const unitsMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Reads one number and one unit; throws an Error that says what is expected. */
export function parseDuration(text: string): number {
  const match = /^(\d{1,12}(?:\.\d{1,3})?)(ms|s|m|h|d)$/.exec(text);
  const unit = Object.entries(unitsMs).find(([name]) => name === match?.[2])?.[1];
  if (match === null || unit === undefined) throw new Error(`expected a time such as 500ms, 30s, 5m, 12h or 7d, got "${text}"`);
  return Math.round(Number(match[1]) * unit);
}

/** Writes milliseconds in the largest unit that needs no fraction; parseDuration reads it back. */
export function formatDuration(durationMs: number): string {
  const units = Object.entries(unitsMs).reverse();
  const [name, unit] = units.find(([, candidate]) => durationMs >= candidate && durationMs % candidate === 0) ?? ["ms", 1];
  return `${durationMs / unit}${name}`;
}
