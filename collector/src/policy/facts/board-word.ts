/** Boards that are known by a word: single-board computers, whose name says all of their hardware. */
import { labelText } from "../label-text.ts";

/** What their product names begin with, after the maker's. */
const families: readonly RegExp[] = [
  /^Raspberry Pi (?:Compute Module \d|Zero 2|Zero|\d+)/i,
  /\b(?:ROCK(?: Pi)? \d\w*(?: Plus)?)\b/i,
  /\bOrange ?Pi \w+(?: Plus| Pro| Max)?/i,
  /\bBanana ?Pi[ -]\w+/i,
  /\bODROID-?\w+/i,
  /\bNanoPi \w+/i,
  /\bJetson(?: (?:AGX|Orin|Xavier|Nano|NX|TX\d))+/i,
];

/** e.g. raspberry-pi-5 of "Raspberry Pi 5 Model B Rev 1.0"; empty for every other machine. */
export function boardWord(productName: string): string {
  const found = families.map((family) => family.exec(productName)?.[0]).find((text) => text !== undefined);
  return labelText((found ?? "").replace(/Compute Module /i, "CM"));
}
