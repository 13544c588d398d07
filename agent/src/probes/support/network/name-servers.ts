/** resolv.conf(5). */

/** The name servers in their order; lines of other kinds, comments and what follows the address are not looked at. */
export function parseNameServers(text: string): readonly string[] {
  const lines = [...text.matchAll(/^[ \t]*nameserver[ \t]+([0-9A-Fa-f.:]{2,45}(?:%[\w.-]{1,15})?)(?=\s|$)/gm)];
  return lines.map(([, address = ""]) => address).slice(0, maximumServers);
}

/** The resolver asks three; files that name more than these are not for it. */
const maximumServers = 16;
