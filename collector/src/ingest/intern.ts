/**
 * One copy of what many nodes say alike. A fleet repeats itself (models, types, names of samples), and every word that comes off the wire is
 * a string of its own. The tables are bounded; what no longer fits stays as it is.
 */
import type { SampleKey } from "@nodekeeper/proto";

const maximumTexts = 65_536;
const maximumKeys = 16_384;
/** Longer texts are serial numbers, paths and messages: they are rarely the same on two nodes. */
const sharedLength = 48;
/** Longer ids are those of single devices. */
const sharedIdLength = 16;

const texts = new Map<string, string>();
const keys = new Map<string, SampleKey>();

/** The text, or the same one as it was seen first. */
export function internText(text: string): string {
  if (text.length > sharedLength) return text;
  const known = texts.get(text);
  if (known !== undefined) return known;
  if (texts.size < maximumTexts) texts.set(text, text);
  return text;
}

/** The key, or the same one as it was seen first. `text` is all of it in one. */
export function internKey(key: SampleKey, text: string): SampleKey {
  if (key.id.length > sharedIdLength) return key;
  const known = keys.get(text);
  if (known !== undefined) return known;
  if (keys.size < maximumKeys) keys.set(text, key);
  return key;
}
