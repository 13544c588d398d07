/** How a URL is shown to people. */

/** What stands in place of something that is not there. */
export const nothing = "none";

/** A URL may hold a password. */
export function shownUrl(text: string): string {
  if (text === "") return nothing;
  return text.replace(/^(\w+:\/\/)[^/?#]*@/, "$1…@");
}
