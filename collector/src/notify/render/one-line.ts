/** Texts that agents choose: names of nodes, of disks, lines of logs. */

/** In one line, without what would steer a terminal or turn the direction of writing. */
export function oneLine(text: string): string {
  return text
    .replace(/\s+/g, " ")
    .replace(/[\p{Cc}\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu, "\ufffd")
    .trim();
}
