/** IPv6 addresses: from text and back, and others in their place. */
import { isIPv6 } from "node:net";
import { scramble } from "./scramble.ts";

/** Eight groups of 16 bits as four hexadecimal digits each. */
export type Groups = readonly string[];

/** Something that may be an address; isIPv6 decides. */
export const ipv6Pattern: RegExp = /(?<![0-9A-Za-z:.])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?![0-9A-Za-z:]|\.\d)/g;

/** The groups of an address; undefined where the text is none. */
export function ipv6Groups(text: string): Groups | undefined {
  if (!isIPv6(text)) return undefined;
  const [head = "", tail] = text.split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => "0");
  return [...before, ...(tail === undefined ? [] : zeros), ...after].map((group) => group.toLowerCase().padStart(4, "0"));
}

/** As RFC 5952 writes it. */
export function ipv6Text(groups: Groups): string {
  const text = groups.map((group) => group.replace(/^0{1,3}/, "")).join(":");
  const zeros = [...text.matchAll(/(?:^|:)(0(?::0)+)(?=:|$)/g)].sort((a, b) => (b[1] ?? "").length - (a[1] ?? "").length)[0];
  if (zeros === undefined) return text;
  return `${text.slice(0, zeros.index)}::${text.slice(zeros.index + zeros[0].length + 1)}`;
}

/** True for addresses that are the same on every machine: none, loopback, multicast. */
export function isCommonIpv6(groups: Groups): boolean {
  return /^0{31}[01]$/.test(groups.join("")) || groups[0]?.startsWith("ff") === true;
}

/**
 * Another address: a network of 64 bits gets one in 2001:db8::/32, link-local stays link-local; an interface's part that numbers few hosts
 * stays, since it says nothing, and every other one is replaced.
 */
export function createIpv6Map(key: Uint8Array): (groups: Groups) => Groups {
  return (groups) => {
    if (isCommonIpv6(groups)) return groups;
    const network = groups.slice(0, 4).join("");
    const isLinkLocal = /^fe[89ab]/.test(network);
    const [high = "", low = ""] = (scramble(network, key, "hexadecimal").match(/.{4}/g) ?? []).slice(0, 2);
    const host = groups.slice(4).join("");
    const hostNow = /^0{12}/.test(host) ? host : scramble(host, key, "hexadecimal");
    return [...(isLinkLocal ? groups.slice(0, 4) : ["2001", "0db8", high, low]), ...(hostNow.match(/.{4}/g) ?? [])];
  };
}
