/** Values of the file that are read in several places. What is wrong is put on the sheet, and read as undefined. */
import type { ProblemSheet } from "../../policy/file/problem-sheet.ts";
import { scalarOf, textOf, type YamlEntry, type YamlValue } from "../../policy/file/yaml-values.ts";
import type { Endpoint } from "../channels/endpoint.ts";

/** Entries of a map by their keys. */
export type Entries = ReadonlyMap<string, YamlEntry>;

/** The path of a file, from the root on. */
export function pathOf(value: YamlValue | undefined, sheet: ProblemSheet): string | undefined {
  const text = value === undefined ? undefined : textOf(value, sheet);
  if (value === undefined || text === undefined || /^\/[^\p{Cc}]+$/u.test(text)) return text;
  sheet.add(value.offset, `${value.path}: expected the path of a file from the root on, e.g. /etc/nodekeeper/secrets/token`);
  return undefined;
}

/** An address of the web, in which nothing is secret. */
export function urlOf(value: YamlValue | undefined, sheet: ProblemSheet): string | undefined {
  const text = value === undefined ? undefined : textOf(value, sheet);
  if (value === undefined || text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !["https:", "http:"].includes(url.protocol)) {
    sheet.add(value.offset, `${value.path}: expected an address such as https://hooks.home.example/notices`);
  } else if (url.username + url.password !== "") {
    sheet.add(value.offset, `${value.path}: no user and no password here; secrets lie in files`);
  } else if (url.hash !== "") {
    sheet.add(value.offset, `${value.path}: without what follows the #`);
  } else return text;
  return undefined;
}

/** `url` or `urlFile`, one of both. */
export function endpointOf(at: YamlValue, entries: Entries, sheet: ProblemSheet): Endpoint | undefined {
  const [url, file] = [entries.get("url"), entries.get("urlFile")];
  if ((url === undefined) === (file === undefined)) {
    sheet.add(at.offset, `${at.path}: needs url, or urlFile where the address is a secret${url && file ? ", not both" : ""}`);
  }
  const address = urlOf(url, sheet);
  const urlFile = pathOf(file, sheet);
  if (address !== undefined) return { url: address };
  return urlFile === undefined ? undefined : { urlFile };
}

/** A text of one line that matches. */
export function wordsOf(
  value: YamlValue | undefined,
  { pattern, expected }: { readonly pattern: RegExp; readonly expected: string },
  sheet: ProblemSheet,
): string | undefined {
  const text = value === undefined ? undefined : textOf(value, sheet);
  if (value === undefined || text === undefined || pattern.test(text)) return text;
  sheet.add(value.offset, `${value.path}: expected ${expected}`);
  return undefined;
}

/** true or false. */
export function flagOf(value: YamlValue | undefined, sheet: ProblemSheet): boolean | undefined {
  if (value === undefined) return undefined;
  const given = scalarOf(value)?.value;
  if (typeof given === "boolean") return given;
  sheet.add(value.offset, `${value.path}: expected true or false`);
  return undefined;
}

/** A whole number. */
export function countOf(
  value: YamlValue | undefined,
  { least, most }: { readonly least: number; readonly most: number },
  sheet: ProblemSheet,
): number | undefined {
  if (value === undefined) return undefined;
  const given = scalarOf(value)?.value;
  if (typeof given === "number" && Number.isInteger(given) && given >= least && given <= most) return given;
  sheet.add(value.offset, `${value.path}: expected a whole number from ${least} to ${most}`);
  return undefined;
}

/** Says what is not there and must be. */
export function requireKeys(at: YamlValue, entries: Entries, keys: readonly string[], sheet: ProblemSheet): void {
  const missing = keys.filter((key) => !entries.has(key));
  if (missing.length > 0)
    sheet.add(at.offset, `${at.path}: ${missing.join(", ")} ${missing.length === 1 ? "is" : "are"} missing`);
}
