/** What lists are searched by. */

/** Whether each word occurs in one of the texts, whatever the case. */
export function createMatchesWords(q: string | undefined): (texts: readonly (string | undefined)[]) => boolean {
  const words = (q ?? "")
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  return (texts) => {
    if (words.length === 0) return true;
    const text = texts.join("\n").toLowerCase();
    return words.every((word) => text.includes(word));
  };
}
