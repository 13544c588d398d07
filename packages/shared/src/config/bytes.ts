/** Sizes as people write them, in powers of 1024: 512B, 64KiB, 8MiB, 2GiB, 1TiB. */

const unitsBytes = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3, TiB: 1024 ** 4 } as const;

/** Reads one number and one unit; throws an Error that says what is expected. */
export function parseBytes(text: string): number {
  const match = /^(\d{1,12}(?:\.\d{1,3})?)(B|KiB|MiB|GiB|TiB)$/.exec(text);
  const unit = Object.entries(unitsBytes).find(([name]) => name === match?.[2])?.[1];
  if (match === null || unit === undefined) throw new Error(`expected a size such as 512KiB, 8MiB or 1GiB, got "${text}"`);
  return Math.round(Number(match[1]) * unit);
}

/** Writes bytes in the largest unit that needs no fraction; parseBytes reads it back. */
export function formatBytes(bytes: number): string {
  const units = Object.entries(unitsBytes).reverse();
  const [name, unit] = units.find(([, candidate]) => bytes >= candidate && bytes % candidate === 0) ?? ["B", 1];
  return `${bytes / unit}${name}`;
}
