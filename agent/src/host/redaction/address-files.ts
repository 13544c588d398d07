/** The kernel's tables that hold addresses in hexadecimal, and IPv4 networks wherever a recording names them. */
import { ipv4Number, type Network, networkOf } from "./addresses.ts";
import type { Groups } from "./ipv6.ts";

/** How addresses are replaced. */
export interface AddressReplacer {
  ipv4(address: number): number;
  ipv6(groups: Groups): Groups;
}

/** A table with other addresses; any other text as it is. */
export function replaceInTable(path: string, text: string, replacer: AddressReplacer): string {
  if (path.endsWith("/net/route")) {
    return text.replaceAll(
      /^(\S+\t)([0-9A-F]{8})(\t)([0-9A-F]{8})(?=\t)/gm,
      (_, name: string, to: string, tab: string, by: string) => {
        return `${name}${replaceWord(to, replacer)}${tab}${replaceWord(by, replacer)}`;
      },
    );
  }
  if (/\/net\/(?:if_inet6|ipv6_route)$/.test(path)) {
    return text.replaceAll(/\b[0-9a-f]{32}\b/g, (digits) => replacer.ipv6(digits.match(/.{4}/g) ?? []).join(""));
  }
  return text;
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
