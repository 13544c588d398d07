/** The kernel's tables that hold addresses in hexadecimal, and IPv4 networks wherever a recording names them. */
import { ipv4Number, type Network, networkOf } from "./addresses.ts";
import type { Groups } from "./ipv6.ts";

/** How addresses are replaced. */
export interface AddressReplacer {
  ipv4(address: number): number;
  ipv6(groups: Groups): Groups;
}

/** True for a table that writes addresses in hexadecimal. */
export function isAddressTable(path: string): boolean {
  return /\/net\/(?:route|if_inet6|ipv6_route)$/.test(path);
}

/** A table with other addresses; what is no address, such as an interface's name, goes through `other`: no address is replaced twice. */
export function replaceInTable(path: string, text: string, replacer: AddressReplacer, other: (word: string) => string): string {
  const isRoute = path.endsWith("/route");
  return text.replaceAll(/\S+/g, (word) => {
    if (isRoute && /^[0-9A-F]{8}$/.test(word)) return isMask(word) ? word : replaceWord(word, replacer);
    if (!isRoute && /^[0-9a-f]{32}$/.test(word)) return replacer.ipv6(word.match(/.{4}/g) ?? []).join("");
    return other(word);
  });
}

/** 00FFFFFF and the like: ones first, then zeros. The same address as a mask would be one of nobody's. */
function isMask(word: string): boolean {
  return /^1*0*$/.test(fromWord(word).toString(2).padStart(32, "0"));
}

/** An IPv4 address as the table of routes writes it. */
export function tableWord(address: number): string {
  return address.toString(16).toUpperCase().padStart(8, "0").match(/../g)?.reverse().join("") ?? "";
}

/** Networks of more than 255 addresses or just so many that a text names: routes, and "10.42.0.0/16" anywhere but among a trie's inner nodes. */
export function networksIn(path: string, text: string): readonly Network[] {
  if (path.endsWith("/net/route")) {
    return [...text.matchAll(/^\S+\t([0-9A-F]{8})\t[0-9A-F]{8}\t\S+\t\S+\t\S+\t\S+\t([0-9A-F]{8})/gm)].map(
      ([, to = "", mask = ""]) => networkOf(fromWord(to), fromWord(mask).toString(2).replaceAll("0", "").length),
    );
  }
  if (path.endsWith("/net/fib_trie")) {
    return [...text.matchAll(/\|-- ([\d.]+)\n[ ]+\/(\d+) /g)].flatMap(([, address = "", length]) =>
      named(address, Number(length)),
    );
  }
  return [...text.matchAll(/(?<![\d.])(\d{1,3}(?:\.\d{1,3}){3})\/(\d{1,2})(?!\d)/g)].flatMap(([, address = "", length]) =>
    named(address, Number(length)),
  );
}

function named(text: string, prefixLength: number): readonly Network[] {
  const address = ipv4Number(text);
  if (address === undefined || prefixLength < 1 || prefixLength > 32) return [];
  return [networkOf(address, prefixLength)];
}

/** The table prints the number as the machine stores it: the first part last, on every machine that nodekeeper runs on. */
function fromWord(word: string): number {
  return Number.parseInt(word.match(/../g)?.reverse().join("") ?? "", 16);
}

function replaceWord(word: string, replacer: AddressReplacer): string {
  return tableWord(replacer.ipv4(fromWord(word)));
}
