/** What a person may be called: the name stands in the audit, in lists, and on terminals. */

/** Longer than any name. */
const maximumLength = 256;

/** Whether a text can be the name of a person. */
export function isPersonName(text: string): boolean {
  return text !== "" && text.length <= maximumLength && !/\p{Cc}/u.test(text);
}
