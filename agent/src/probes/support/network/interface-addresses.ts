/**
 * Which interface has which addresses. For IPv6 the kernel says it. For IPv4 it prints the addresses of the machine (fib_trie) without
 * interfaces; the interface is the one that has the network of the address on its link (route). An address that lies in no such network (a
 * tunnel's, or one of a routing table of its own), or in that of two interfaces, is not told apart and left out.
 */
import { malformed } from "../malformed.ts";
import { ipv4Number, ipv6Of } from "./addresses.ts";
import type { Route } from "./routes.ts";

/** The path of the tree of IPv4 addresses and routes. */
export const fibTriePath = "/proc/1/net/fib_trie";
/** The path of the IPv6 addresses; not there where IPv6 is off. */
export const ipv6AddressesPath = "/proc/1/net/if_inet6";

/** Addresses with prefix length by interface, from IPv4 to IPv6. */
export type AddressesByInterface = ReadonlyMap<string, readonly string[]>;

/** The machine's own IPv4 addresses, each once, from /proc/net/fib_trie. */
export function parseLocalAddresses(text: string): readonly string[] {
  if (text.trim() !== "" && !/^(?:Main|Local|Id \d+):/.test(text)) {
    throw malformed(fibTriePath, "it does not begin with the name of a table", text);
  }
  const addresses = [...text.matchAll(/\|-- (\d+\.\d+\.\d+\.\d+)\n(?:[ ]+\/\d+ [^\n]*\n)*?[ ]+\/32 host LOCAL$/gm)];
  return [...new Set(addresses.map(([, address = ""]) => address))];
}

/** IPv4 addresses by interface. Loopback needs no route. */
export function ipv4ByInterface(addresses: readonly string[], routes: readonly Route[]): AddressesByInterface {
  const onLink = routes.filter((route) => route.gateway === "" && route.prefixLength > 0);
  const byInterface = new Map<string, readonly string[]>();
  for (const address of addresses) {
    const place = address.startsWith("127.") ? { interfaceName: "lo", prefixLength: 8 } : ownerOf(address, onLink);
    if (place === undefined) continue;
    const before = byInterface.get(place.interfaceName) ?? [];
    byInterface.set(place.interfaceName, [...before, `${address}/${place.prefixLength}`]);
  }
  return byInterface;
}

/** IPv6 addresses by interface, from /proc/net/if_inet6. */
export function parseIpv6Addresses(text: string): AddressesByInterface {
  const byInterface = new Map<string, readonly string[]>();
  for (const line of text.split("\n").filter((each) => each.trim() !== "")) {
    const [digits = "", , prefixWord = "", , , interfaceName] = line.trim().split(/ +/);
    const address = ipv6Of(digits);
    if (address === undefined || interfaceName === undefined || !/^[0-9a-f]{2}$/.test(prefixWord)) {
      throw malformed(ipv6AddressesPath, "a line is not in the form that is known", line);
    }
    const before = byInterface.get(interfaceName) ?? [];
    byInterface.set(interfaceName, [...before, `${address}/${Number.parseInt(prefixWord, 16)}`]);
  }
  return byInterface;
}

/** The interface whose network on the link holds the address most narrowly; none where two have the same. */
function ownerOf(address: string, onLink: readonly Route[]): Pick<Route, "interfaceName" | "prefixLength"> | undefined {
  const holding = onLink.filter((route) => holds(route, address));
  const narrowest = Math.max(...holding.map((route) => route.prefixLength));
  const owners = holding.filter((route) => route.prefixLength === narrowest);
  return new Set(owners.map((route) => route.interfaceName)).size === 1 ? owners[0] : undefined;
}

/** The number of the network itself is no address in it: flannel gives it, as one of its own, to its tunnel. */
function holds({ destination, prefixLength }: Route, address: string): boolean {
  if (address === destination && prefixLength < 31) return false;
  const size = 2 ** (32 - prefixLength);
  return Math.floor(ipv4Number(address) / size) === Math.floor(ipv4Number(destination) / size);
}
