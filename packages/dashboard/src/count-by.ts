/** How many there are of each kind. Pure. */

/** By what `of` says of them; what does not occur is not in it. */
export function countBy<Thing, Kind>(things: readonly Thing[], of: (thing: Thing) => Kind): ReadonlyMap<Kind, number> {
  const counts = new Map<Kind, number>();
  for (const thing of things) counts.set(of(thing), (counts.get(of(thing)) ?? 0) + 1);
  return counts;
}

/** The most frequent first; equals by name. */
export function mostFrequent(counts: ReadonlyMap<string, number>): readonly (readonly [string, number])[] {
  return [...counts].sort(([a, many], [b, more]) => more - many || a.localeCompare(b));
}
