/**
 * Replaces everything in a recording that may tell whose machine it is of, the same value by the same one everywhere: in files, in their names,
 * in links and in what programs printed. Shapes stay, and which address lies in which network, so that the result replays to the same report.
 */
import type { RecordingContent } from "../recording-content.ts";
import { isAddressTable, replaceInTable, tableWord } from "./address-files.ts";
import { ipv4Number, ipv4Text, isCommonIpv4, mapIpv4 } from "./addresses.ts";
import { findIdentities, textsOf } from "./find-identities.ts";
import { type IdentityKind, identityKinds } from "./identity-kind.ts";
import { identityPlaces, saysNothing } from "./identity-places.ts";
import { createIpv6Map, type Groups, ipv6Groups, ipv6Pattern, ipv6Text, isCommonIpv6 } from "./ipv6.ts";
import { leaveOut } from "./leave-out.ts";
import {
  createLiteralFinder,
  createLiteralReplacer,
  type FoundValue,
  isTelling,
  type Literal,
  literalsOf,
  replacementOf,
} from "./literals.ts";
import { ipv4Pattern, macPattern } from "./patterns.ts";
import { redactRecording } from "./redact-recording.ts";

/** A recording without its identity. */
export interface Redaction {
  readonly content: RecordingContent;
  /** How many values of each kind were replaced. */
  readonly counts: ReadonlyMap<IdentityKind, number>;
  /** Every way of writing what must not be there any more. */
  readonly originals: readonly Literal[];
  /** The same replacements in any other text about this machine. */
  text(text: string): string;
}

/** Redacts a recording. `key` (32 random bytes) decides what takes the place of what; nobody keeps it. */
export function redact(content: RecordingContent, key: Uint8Array): Redaction {
  const texts = textsOf(content);
  const found = findIdentities(texts);
  const ordinaryWords = wordsOfKernelAndServices(content);
  const telling = found.values.filter((value) => isTelling(value) && !isOrdinary(value, ordinaryWords));
  const isTaken = createLiteralFinder(telling.flatMap((value) => literalsOf(value, "")));
  const replacements = new Map(
    found.values.map((value) => [value.value.toLowerCase(), replaceValue(value, key, (text) => isTaken(text) !== undefined)]),
  );
  const replacementFor = (value: string): string => replacements.get(value.toLowerCase()) ?? value;
  const literals = telling.flatMap((value) => literalsOf(value, replacementFor(value.value)));
  const replaceLiterals = createLiteralReplacer(literals);
  const addresses = createAddresses(found, key);

  const text = (given: string): string => addresses.replace(replaceLiterals(given));
  const textAt = (path: string, given: string): string => {
    if (isAddressTable(path)) return replaceInTable(path, given, addresses, text);
    return text(replaceWhereFound(path, leaveOut(path, given), replacementFor));
  };

  const redacted: RecordingContent = {
    files: content.files.map((file) => ({ ...file, path: text(file.path), text: textAt(file.path, file.text) })),
    folders: content.folders.map(text),
    links: content.links.map(({ path, target }) => ({ path: text(path), target: text(target) })),
    outputs: content.outputs.map(({ name, text: output }) => ({ name, text: textAt(`command ${name}`, output) })),
    recording: redactRecording(content.recording, text),
  };
  return {
    content: redacted,
    counts: new Map(
      identityKinds.map((kind) => [
        kind,
        kind === "IP addresses" ? addresses.replaced.size : found.values.filter((value) => value.kind === kind).length,
      ]),
    ),
    originals: [
      ...literals,
      ...[...addresses.replaced, ...[...addresses.words].filter((word) => !word.startsWith("0000"))].map((address) => ({
        text: address,
        replacement: "",
        isWord: true,
      })),
    ],
    text,
  };
}

/** Names of the kernel's folders, and of the fields of what services answer. */
function wordsOfKernelAndServices({ folders, outputs }: RecordingContent): string {
  const answers = outputs.filter(({ name }) => name.startsWith("services/")).map(({ text }) => text);
  const fields = answers.flatMap((text) => [...text.matchAll(/"([A-Za-z_]\w*)"\s*:/g)].map(([, field]) => field ?? ""));
  return [...folders.filter((path) => /^\/(?:sys|proc)\//.test(path)), ...new Set(fields)].join("\n");
}

/** A machine called "power" shares its name with a folder of every kernel: there it says nothing, and replaced it would hide the folder. */
function isOrdinary(found: FoundValue, words: string): boolean {
  return found.isWord && createLiteralFinder(literalsOf(found, ""))(words) !== undefined;
}

/** MAC addresses are marked as given out by nobody; all else keeps its shape. */
function replaceValue(found: FoundValue, key: Uint8Array, isTaken: (text: string) => boolean): string {
  if (found.kind !== "MAC addresses") return replacementOf(found, key, isTaken);
  const rest = replacementOf({ ...found, value: found.value.slice(2) }, key, isTaken);
  return `02${rest}`;
}

/** Values too short to be looked for everywhere are replaced where they stand for themselves. */
function replaceWhereFound(path: string, text: string, replacementFor: (value: string) => string): string {
  return identityPlaces
    .filter(({ files }) => files.test(path))
    .reduce((before, { pattern, isWord = false }) => {
      return before.replaceAll(pattern, (match: string, ...rest: readonly unknown[]) => {
        const groups = rest.at(-1) as { readonly value?: string }; // every pattern of the table has this group
        const value = groups.value ?? "";
        return value === "" || saysNothing(value, isWord) ? match : replaceLast(match, value, replacementFor(value));
      });
    }, text);
}

function replaceLast(text: string, part: string, by: string): string {
  const at = text.lastIndexOf(part);
  return at < 0 ? text : `${text.slice(0, at)}${by}${text.slice(at + part.length)}`;
}

interface Addresses {
  /** As people write them. */
  readonly replaced: Set<string>;
  /** As the kernel's tables write them. */
  readonly words: Set<string>;
  ipv4(address: number): number;
  ipv6(groups: Groups): Groups;
  replace(text: string): string;
}

function createAddresses(found: ReturnType<typeof findIdentities>, key: Uint8Array): Addresses {
  const mapFour = mapIpv4(found.networks, found.ipv4);
  const mapSix = createIpv6Map(key);
  const replaced = new Set<string>();
  const words = new Set<string>();
  const ipv4 = (address: number): number => {
    if (!isCommonIpv4(address)) {
      replaced.add(ipv4Text(address));
      words.add(tableWord(address));
    }
    return mapFour(address);
  };
  const ipv6 = (groups: Groups): Groups => {
    const now = mapSix(groups);
    if (!isCommonIpv6(groups) && now.join() !== groups.join()) {
      replaced.add(ipv6Text(groups));
      words.add(groups.join(""));
    }
    return now;
  };
  return {
    replaced,
    words,
    ipv4,
    ipv6,
    replace: (text) =>
      text
        .replaceAll(ipv6Pattern, (match) => {
          const groups = macPatternWhole.test(match) ? undefined : ipv6Groups(match);
          return groups === undefined || isCommonIpv6(groups) ? match : ipv6Text(ipv6(groups));
        })
        .replaceAll(ipv4Pattern, (match) => {
          const address = ipv4Number(match);
          return address === undefined || isCommonIpv4(address) ? match : ipv4Text(ipv4(address));
        }),
  };
}

const macPatternWhole = new RegExp(`^(?:${macPattern.source})$`, "i");
