/** Looks through a recording for everything that may tell whose machine it is of. */
import type { RecordingContent } from "../recording-content.ts";
import { isAddressTable, networksIn } from "./address-files.ts";
import { ipv4Number, type Network } from "./addresses.ts";
import { identityPlaces, kindsOfPartitions, saysNothing } from "./identity-places.ts";
import type { FoundValue } from "./literals.ts";
import { ipv4Pattern, isBlank, longNumberPattern, macPattern, uuidPattern } from "./patterns.ts";

/** A text of a recording and where it stands. */
export interface PlacedText {
  readonly path: string;
  readonly text: string;
}

/** What was found. */
export interface Identities {
  readonly values: readonly FoundValue[];
  readonly networks: readonly Network[];
  readonly ipv4: ReadonlySet<number>;
  /** In lower case: values of the same form that are the same on every machine. */
  readonly common: ReadonlySet<string>;
}

/** Every text of a recording: files, output, and all names and messages together. */
export function textsOf({ files, folders, links, outputs, recording }: RecordingContent): readonly PlacedText[] {
  return [
    ...files,
    ...outputs.map(({ name, text }) => ({ path: `command ${name}`, text })),
    {
      path: "names",
      text: [...folders, ...files.map(({ path }) => path), ...links.flatMap((link) => [link.path, link.target])].join("\n"),
    },
    { path: "recording", text: JSON.stringify(recording) },
  ];
}

/** Finds them. */
export function findIdentities(texts: readonly PlacedText[]): Identities {
  const common = new Set(
    texts.flatMap(({ text }) => [...text.matchAll(kindsOfPartitions)].map((match) => valueIn(match).toLowerCase())),
  );
  const values = new Map<string, FoundValue>();
  const add = (found: FoundValue): void => {
    const key = found.value.toLowerCase();
    if (key !== "" && !common.has(key) && !values.has(key)) values.set(key, found);
  };
  for (const { path, text } of texts) {
    for (const { kind, files, pattern, alphabet = "text", isWord = false } of identityPlaces) {
      if (!files.test(path)) continue;
      for (const match of text.matchAll(pattern)) {
        const value = valueIn(match);
        for (const each of isWord && value.includes(".") ? [value, value.slice(0, value.indexOf("."))] : [value]) {
          if (!saysNothing(each, isWord))
            add({ kind, value: each, alphabet: isHexadecimal(each) ? "hexadecimal" : alphabet, isWord });
        }
      }
    }
    for (const pattern of [uuidPattern, longNumberPattern]) {
      if (isAddressTable(path)) break; // its long numbers are addresses
      for (const [match] of text.matchAll(pattern)) {
        const value = match.replaceAll("_", "-");
        if (!isBlank(value)) add({ kind: "identifiers", value, alphabet: "hexadecimal", isWord: false });
      }
    }
    for (const [value] of text.matchAll(macPattern)) {
      if (!isBlank(value)) add({ kind: "MAC addresses", value, alphabet: "hexadecimal", isWord: false });
    }
  }
  const ipv4 = new Set(
    texts.flatMap(({ text }) => [...text.matchAll(ipv4Pattern)].flatMap(([address]) => ipv4Number(address) ?? [])),
  );
  const networks = texts.flatMap(({ path, text }) => networksIn(path, text));
  return { values: [...values.values()], networks, ipv4: new Set([...ipv4, ...networks.map(({ start }) => start)]), common };
}

function isHexadecimal(value: string): boolean {
  return /\d/.test(value) && /^[0-9a-f:\s-]{8,}$/i.test(value);
}

function valueIn(match: RegExpMatchArray): string {
  return match.groups?.["value"] ?? "";
}
