/** Addresses of collectors: given on the command line, told by the collector, kept in the identity. */
import { type Address, addressOption } from "@nodekeeper/shared";

/** Reads HOST:PORT texts; throws on one that is none. */
export function parseAddresses(texts: readonly string[]): readonly Address[] {
  return texts.map((text) => parser.parse([text]));
}

/** The text of an address, IPv6 in brackets. */
export function formatAddress({ host, port }: Address): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** All of them once, in order; the one that worked last comes first. */
export function dialOrder(addresses: readonly Address[], lastGood: string | undefined): readonly Address[] {
  const unique = new Map(addresses.map((address) => [formatAddress(address), address]));
  const first = lastGood === undefined ? undefined : unique.get(lastGood);
  if (lastGood === undefined || first === undefined) return [...unique.values()];
  unique.delete(lastGood);
  return [first, ...unique.values()];
}

const parser = addressOption({ description: "an address of the collector" });
