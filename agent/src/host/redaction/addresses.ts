/**
 * IP addresses as others of the same networks: whole networks move into ranges that nobody routes, so that which address lies in which network
 * stays as it was. The ranges of documentation (RFC 5737) hold three networks of 256 addresses; further and larger ones move into the range of
 * benchmarks (198.18.0.0/15, RFC 2544) and into 240.0.0.0/4. IPv6 moves into 2001:db8::/32 (RFC 3849).
 */

/** An IPv4 network. */
export interface Network {
  readonly start: number;
  readonly prefixLength: number;
}

/** Gives another address for one; the same for the same. */
export type AddressMap = (address: number) => number;

/** "192.0.2.7" as a number; undefined where a part is beyond 255. */
export function ipv4Number(text: string): number | undefined {
  const parts = text.split(".").map(Number);
  if (parts.length !== 4 || parts.some((part) => !Number.isInteger(part) || part > 255)) return undefined;
  return parts.reduce((number, part) => number * 256 + part, 0);
}

/** The other way. */
export function ipv4Text(address: number): string {
  return [2 ** 24, 2 ** 16, 2 ** 8, 1].map((unit) => Math.floor(address / unit) % 256).join(".");
}

/** The network of an address. */
export function networkOf(address: number, prefixLength: number): Network {
  const size = 2 ** (32 - prefixLength);
  return { start: Math.floor(address / size) * size, prefixLength };
}

/** True for addresses that are the same on every machine: this network, loopback, multicast, and masks. */
export function isCommonIpv4(address: number): boolean {
  const first = Math.floor(address / 2 ** 24);
  return first === 0 || first === 127 || (first >= 224 && first < 240) || first === 255;
}

/** Finds a place for each network. `networks` are those that routes and prefixes name; addresses outside get a network of 256 of their own. */
export function mapIpv4(networks: readonly Network[], addresses: Iterable<number>): AddressMap {
  const named = networks.filter(({ prefixLength }) => prefixLength >= 8 && prefixLength <= 24);
  const own = [...addresses].map((address) => networkOf(address, 24));
  const all = [...named, ...own].filter(({ start }) => !isCommonIpv4(start)).sort((a, b) => a.prefixLength - b.prefixLength);
  const outermost: Network[] = [];
  for (const network of all) {
    if (!outermost.some((outer) => holds(outer, network.start))) outermost.push(network);
  }
  const regions = freeRegions();
  const places = outermost.map((network) => ({ network, start: placeFor(network, outermost, regions) }));
  return (address) => {
    if (isCommonIpv4(address)) return address;
    const place = places.find(({ network }) => holds(network, address));
    return place === undefined ? address : place.start + (address - place.network.start);
  };
}

interface Region {
  readonly end: number;
  readonly largest: number;
  next: number;
}

function freeRegions(): readonly Region[] {
  const documentation = [0xc000_0200, 0xc633_6400, 0xcb00_7100].map((start) => ({ next: start, end: start + 256, largest: 24 }));
  return [
    ...documentation,
    { next: 0xc612_0000, end: 0xc614_0000, largest: 16 },
    { next: 0xf000_0000, end: 0xff00_0000, largest: 8 },
  ];
}

/** The next free block in the first region that can hold it; none that overlaps a network which is there already. */
function placeFor(network: Network, taken: readonly Network[], regions: readonly Region[]): number {
  const size = 2 ** (32 - network.prefixLength);
  for (const region of regions.filter(({ largest }) => network.prefixLength >= largest)) {
    let start = Math.ceil(region.next / size) * size;
    while (start + size <= region.end && taken.some((one) => overlaps(one, start, size))) start += size;
    if (start + size > region.end) continue;
    region.next = start + size;
    return start;
  }
  throw new Error(`no room for ${ipv4Text(network.start)}/${network.prefixLength}`);
}

function overlaps({ start, prefixLength }: Network, otherStart: number, otherSize: number): boolean {
  return start < otherStart + otherSize && otherStart < start + 2 ** (32 - prefixLength);
}

function holds({ start, prefixLength }: Network, address: number): boolean {
  return address >= start && address < start + 2 ** (32 - prefixLength);
}
