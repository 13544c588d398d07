/** Breaks text at blanks where the terminal ends. */

/** Lines of at most `width` characters; a word that is longer stands alone. An unlimited width gives one line. */
export function wrap(text: string, width: number): readonly string[] {
  if (text.length <= width) return [text];
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (longer.length <= width || line === "") line = longer;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line];
}

/** The same with a first part, under whose end further lines begin: "! " and "machine    ". */
export function hang(first: string, text: string, width: number): readonly string[] {
  return wrap(text, width - first.length).map((line, index) => `${index === 0 ? first : " ".repeat(first.length)}${line}`);
}
