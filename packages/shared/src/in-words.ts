/** Several names in a sentence. */

/** "neko", "neko and panther", "bobcat, neko and panther"; more than five are counted, none is "none". */
export function inWords(names: readonly string[]): string {
  const sorted = [...names].sort();
  if (sorted.length > 5) return `${sorted.slice(0, 4).join(", ")} and ${sorted.length - 4} more`;
  const last = sorted.at(-1) ?? "none";
  return sorted.length < 2 ? last : `${sorted.slice(0, -1).join(", ")} and ${last}`;
}
