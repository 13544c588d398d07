/**
 * TCP sockets that listen, from /proc/<pid>/net/tcp and tcp6: those of the network namespace of that process. Addresses stand there as 32-bit
 * words in the machine's own byte order, which is little-endian on all that we know; ports as numbers.
 */
import { ipv4Of, ipv6Of } from "./addresses.ts";

/** One socket that listens. */
export interface ListeningSocket {
  /** As people write it; an IPv4 address that stands in an IPv6 socket is an IPv4 address. */
  readonly address: string;
  readonly port: number;
  /** Number of the socket, unique on the machine: /proc/<pid>/fd has it as socket:[inode]. */
  readonly inode: string;
}

/** The sockets in one such file. Lines that are none are left out. */
export function parseListeningSockets(text: string): readonly ListeningSocket[] {
  return text.split("\n").flatMap((line) => {
    const [, local = "", , state, , , , , , inode = ""] = line.trim().split(/ +/);
    const [digits = "", portDigits = ""] = local.split(":");
    const address = digits.length === 8 ? ipv4Of(digits) : socketIpv6Of(digits);
    if (state !== listening || address === undefined || !/^[0-9A-F]{4}$/i.test(portDigits) || !/^\d+$/.test(inode)) return [];
    return [{ address, port: Number.parseInt(portDigits, 16), inode }];
  });
}

/** "127.0.0.1:11434", "[::1]:11434". */
export function endpointText({ address, port }: Pick<ListeningSocket, "address" | "port">): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

/** The address and port of such a text; undefined where it is none. */
export function parseEndpoint(text: string): Pick<ListeningSocket, "address" | "port"> | undefined {
  const [, v6, v4, port = ""] = /^(?:\[([0-9a-f:.]+)\]|([0-9.]+)):(\d{1,5})$/.exec(text) ?? [];
  const address = v6 ?? v4;
  return address === undefined ? undefined : { address, port: Number(port) };
}

/** True for the addresses at which only the machine itself can be reached. */
export function isLoopback(address: string): boolean {
  return address.startsWith("127.") || address === "::1";
}

/** True for "all addresses". */
export function isWildcard(address: string): boolean {
  return address === "0.0.0.0" || address === "::";
}

/** TCP_LISTEN. */
const listening = "0A";
const ipv4Mapped = /^0{16}FFFF0000/i;

function socketIpv6Of(digits: string): string | undefined {
  if (ipv4Mapped.test(digits)) return ipv4Of(digits.slice(24));
  const words = digits.match(/.{8}/g) ?? [];
  return ipv6Of(words.map((word) => (word.match(/../g) ?? []).toReversed().join("")).join(""));
}
