/** Parts of one thing on top of each other. Pure. */

/** Each line with all before it; null where any of these is not known, since nobody knows then how high it lies. */
export function stacked(lines: readonly (readonly (number | null)[])[]): (number | null)[][] {
  let below: readonly (number | null)[] | undefined;
  return lines.map((line) => {
    const sums = line.map((value, at) => {
      const base = below === undefined ? 0 : (below[at] ?? null);
      return value === null || base === null ? null : base + value;
    });
    below = sums;
    return sums;
  });
}
