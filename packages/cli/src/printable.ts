/**
 * Texts of others on a terminal. Names, paths and lines of logs come from agents, and in the audit from whoever knocked: a terminal would obey the
 * control characters in them, and characters that turn the direction of writing would let one name look like another.
 */

/** What createTerminal writes itself. */
const ownColour = String.raw`\u001b\[(?:0|1|2|31|32|33)m`;
const unprintable: RegExp = new RegExp(String.raw`(${ownColour})|[^\P{Cc}\n\t]|[\u202a-\u202e\u2066-\u2069]`, "gu");

/** The text with a replacement character in the place of what a terminal would obey; lines and our own colours stay. */
export function printable(text: string): string {
  return text.replace(unprintable, (_found, colour: string | undefined) => colour ?? "\ufffd");
}
