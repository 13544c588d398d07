/** Values that were found in one place and are replaced wherever they turn up, in each form in which they are written. */
import type { IdentityKind } from "./identity-kind.ts";
import { type Alphabet, scramble } from "./scramble.ts";

/** A value that was found. */
export interface FoundValue {
  readonly kind: IdentityKind;
  readonly value: string;
  readonly alphabet: Alphabet;
  /** True for names: they count only as whole words. */
  readonly isWord: boolean;
}

/** One way of writing a value, and what takes its place. */
export interface Literal {
  readonly text: string;
  readonly replacement: string;
  readonly isWord: boolean;
}

/** Shorter or simpler values stand in too many texts by chance: they are replaced where they were found, and nowhere else. */
const leastLength = { text: 6, word: 3 } as const;
const leastDifferentCharacters = 4;

/** True for a value that is long and varied enough to be looked for everywhere. The path of a share is one only with its colon: "/srv" is everybody's. */
export function isTelling({ kind, value, isWord }: FoundValue): boolean {
  if (kind === "mount sources" && !value.startsWith(":")) return false;
  if (isWord) return value.length >= leastLength.word;
  if (new Set(value.toLowerCase().replaceAll(/[^0-9a-z]/g, "")).size < leastDifferentCharacters) return false;
  return value.length >= leastLength.text && !(value.length < 9 && /^\d+$/.test(value));
}

/** Another value of the same shape; never one that `isTaken`, so that what is looked for afterwards cannot be there by chance. */
export function replacementOf({ value, alphabet }: FoundValue, key: Uint8Array, isTaken: (text: string) => boolean): string {
  for (let salt = 0; salt < 100; salt += 1) {
    const replacement = scramble(value, key, alphabet, salt);
    if (replacement !== value && !isTaken(replacement)) return replacement;
  }
  return value.replaceAll(/[0-9A-Za-z]/g, "x"); // one or two characters: there is no other
}

/** A value and the forms that udev, the kernel and file names make of it. */
export function literalsOf(found: FoundValue, replacement: string): readonly Literal[] {
  const forms: readonly ((text: string) => string)[] = found.isWord
    ? [(text) => text, (text) => text.replaceAll("-", "--")] // as device-mapper writes a dash in the name of a volume group
    : [
        (text) => text,
        (text) => text.replaceAll(" ", "_"),
        (text) => text.replaceAll(" ", "\\x20"),
        (text) => text.replaceAll(/[\s:-]/g, ""),
        (text) => text.replaceAll("-", "_"), // a UUID in the name of a slice
        (text) => Buffer.from(text, "utf8").toString("hex"),
        ...(found.kind === "MAC addresses" ? [(text: string) => text.replaceAll(":", "-")] : []),
      ];
  const made = forms.map((form) => ({ text: form(found.value), replacement: form(replacement), isWord: found.isWord }));
  return made
    .filter(({ text }) => found.isWord || text.length >= leastLength.text)
    .filter(({ text }, index, all) => all.findIndex((other) => other.text === text) === index);
}

/** Replaces all of them in one pass, the longest first, whatever their case; what was written in capitals stays in capitals. */
export function createLiteralReplacer(literals: readonly Literal[]): (text: string) => string {
  if (literals.length === 0) return (text) => text;
  const byText = new Map(literals.map((literal) => [literal.text.toLowerCase(), literal.replacement]));
  const pattern = new RegExp(
    [...literals]
      .sort((a, b) => b.text.length - a.text.length)
      .map(patternOf)
      .join("|"),
    "gi",
  );
  return (text) =>
    text.replaceAll(pattern, (match) => {
      const replacement = byText.get(match.toLowerCase()) ?? match;
      return isCapital(match) && !isCapital(replacement) ? replacement.toUpperCase() : replacement;
    });
}

/** Finds one of them in a text, whatever its case. */
export function createLiteralFinder(literals: readonly Literal[]): (text: string) => string | undefined {
  if (literals.length === 0) return () => undefined;
  const pattern = new RegExp(literals.map(patternOf).join("|"), "i");
  return (text) => pattern.exec(text)?.[0];
}

function patternOf({ text, isWord }: Literal): string {
  const escaped = text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
  // The kernel's log and udev write a character that they do not like as \xff: a word may begin behind it.
  return isWord ? `(?:(?<![A-Za-z0-9])|(?<=\\\\x[0-9a-f]{2}))${escaped}(?![A-Za-z0-9])` : escaped;
}

function isCapital(text: string): boolean {
  return /[A-Z]/.test(text) && !/[a-z]/.test(text);
}
