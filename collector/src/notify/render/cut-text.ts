/** Texts that must fit. */

/** As much of it as fits by how the other side counts it, which is after it was escaped. */
export function cutText(text: string, maximumLength: number, lengthOf: (text: string) => number = (each) => each.length): string {
  if (lengthOf(text) <= maximumLength) return text;
  let end = text.length;
  while (end > 0 && lengthOf(`${text.slice(0, end)}…`) > maximumLength) end = Math.floor(end * 0.95);
  return `${text.slice(0, end).toWellFormed()}…`;
}
