/** Texts from devices and files as they may stand in ids, names and messages: without what harms terminals and logs, and not too long. */

/** Control and format characters, and halves of surrogate pairs. U+FFFD itself may stay: it stands for bytes that are no UTF-8. */
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** The text with such characters written as in /proc/mounts (\011), cut to a number of bytes. */
export function printable(text: string, maximumBytes = 256): string {
  const shown = text.replaceAll(unprintable, (character) => `\\${(character.codePointAt(0) ?? 0).toString(8).padStart(3, "0")}`);
  if (Buffer.byteLength(shown) <= maximumBytes) return shown;
  return `${cut(shown, maximumBytes - 3)}…`;
}

/** As many whole characters as fit into a number of bytes. */
export function cut(text: string, maximumBytes: number): string {
  const bytes = Buffer.from(text).subarray(0, maximumBytes);
  // A character that was cut in two ends as U+FFFD.
  return bytes.toString("utf8").replace(/\uFFFD{1,3}$/u, "");
}
