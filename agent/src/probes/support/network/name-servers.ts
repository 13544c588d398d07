/** resolv.conf(5). */

/** The name servers in their order; lines of other kinds, comments and what follows the address are not looked at. */
export function parseNameServers(text: string): readonly string[] {
  return [...text.matchAll(/^[ \t]*nameserver[ \t]+([0-9A-Fa-f.:]+(?:%[\w.-]+)?)/gm)].map(([, address = ""]) => address);
}
