/** Names to ask again with, for who gave one that is not known. */
import { nearest } from "@nodekeeper/shared";

/** So many are told. */
const maximumNames = 12;

/** Those that are alike first, then the others by name, with how many were left out. */
export function nearestNames(wanted: string, names: readonly string[]): string {
  const left = names.toSorted();
  const word = wanted.slice(0, 64).toLowerCase();
  const best = nearest(word, left);
  const stem = word.split(/[:.\-_/]/)[0] ?? "";
  const rank = (name: string): number => (name === best ? 0 : stem !== "" && name.toLowerCase().includes(stem) ? 1 : 2);
  const ordered = left.toSorted((a, b) => rank(a) - rank(b));
  const told = ordered.slice(0, maximumNames).map((name) => name.slice(0, 64));
  const more = ordered.length - told.length;
  return `${told.join(", ")}${more === 0 ? "" : ` and ${more} more`}`;
}
