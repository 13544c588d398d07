/** Commands that people copy. */

/** A word of a command as a shell takes it for one: as it is where no shell would read it otherwise, else in quotes. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
