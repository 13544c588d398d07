/**
 * At an address is one server. Where several nodes say the same one (an address that was given to another machine, or an agent that lies), it is that of
 * the one that is heard, of those the one that had it before: nobody takes a server over by naming its address. Pure.
 */
import type { Backend } from "./backend.ts";

/** `before`: the servers as they were. Whoever does not get the address has none. */
export function distinctUrls(backends: readonly Backend[], before: readonly Backend[]): readonly Backend[] {
  const claims = Map.groupBy(backends, ({ url }) => url);
  if ([...claims].every(([url, claimants]) => url === undefined || claimants.length === 1)) return backends;
  const ownerBefore = new Map(before.flatMap(({ name, url }) => (url === undefined ? [] : [[url, name] as const])));
  const ownerOf = (url: string): Backend | undefined =>
    claims.get(url)?.toSorted((a, b) => {
      const isHeardFirst = Number(a.isStale) - Number(b.isStale);
      const isOwnerFirst = Number(ownerBefore.get(url) === b.name) - Number(ownerBefore.get(url) === a.name);
      return isHeardFirst || isOwnerFirst || (a.name < b.name ? -1 : 1);
    })[0];
  return backends.map((backend) => {
    const { url, ...rest } = backend;
    const owner = url === undefined ? backend : ownerOf(url);
    if (owner === undefined || owner === backend) return backend;
    return { ...rest, reach: { kind: "unknown", problem: `${owner.name} says the same address` } };
  });
}
