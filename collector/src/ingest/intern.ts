/** One copy of words that many nodes say alike (models, types, names): every word that comes off the wire is a string of its own. */
import type { SampleKey } from "@nodekeeper/proto";
import { createSharedPool } from "../state/shared-pool.ts";

/** Longer texts are serial numbers, paths and messages: they are rarely the same on two nodes. */
const sharedLength = 48;

const texts = createSharedPool<string>(32_768);
const keys = createSharedPool<SampleKey>(16_384);

/** The text, or the same one as it was seen first. */
export function internText(text: string): string {
  return text.length > sharedLength ? text : texts(text, () => text);
}

/** The key, or the same one as it was seen first. `text` is all of it in one. */
export function internKey(key: SampleKey, text: string): SampleKey {
  return keys(text, () => key);
}
