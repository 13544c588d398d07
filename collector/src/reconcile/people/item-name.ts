/** How people name an item: by its whole key, or without our domain. */

/** Whether a person's words mean this item. */
export function isMeant(words: string, item: string, domain: string): boolean {
  return item === words || item === `${domain}/${words}`;
}

/** The key of a label that somebody names. */
export function labelKey(words: string, domain: string): string {
  return words.includes("/") ? words : `${domain}/${words}`;
}

/** As people say it: without our domain. */
export function shortItem(item: string, domain: string): string {
  return item.startsWith(`${domain}/`) ? item.slice(domain.length + 1) : item;
}
