/** Another value of the same shape, always the same one for the same value and key. */
import { createHmac } from "node:crypto";

/** Which characters may take the place of a character. */
export type Alphabet = "text" | "hexadecimal";

/**
 * Replaces digits by digits and letters by letters of the same case, or hexadecimal digits by such; everything else stays, so that readers
 * find the same length and the same form. Blanks, dashes and colons do not make another value. `salt` gives another one.
 */
export function scramble(value: string, key: Uint8Array, alphabet: Alphabet, salt = 0): string {
  const numbers = streamOf(value.toLowerCase().replaceAll(/[\s:-]/g, ""), key, salt);
  if (/^[1-9]\d*$/.test(value)) return value.replaceAll(/\d/g, (_, at: number) => digit(numbers(), at === 0));
  if (alphabet === "text") return value.replaceAll(/[0-9A-Za-z]/g, (character) => another(character, numbers()));
  const digits = value.toLowerCase().replaceAll(/[0-9a-z]/g, () => (numbers() % 16).toString(16));
  return /[A-F]/.test(value) && !/[a-f]/.test(value) ? digits.toUpperCase() : digits;
}

/** A number keeps its count of digits. */
function digit(number: number, isFirst: boolean): string {
  return String(isFirst ? 1 + (number % 9) : number % 10);
}

function another(character: string, number: number): string {
  if (/[0-9]/.test(character)) return String(number % 10);
  const letter = "abcdefghijklmnopqrstuvwxyz".charAt(number % 26);
  return /[A-Z]/.test(character) ? letter.toUpperCase() : letter;
}

/** Bytes without end, by HMAC in counter mode. */
function streamOf(value: string, key: Uint8Array, salt: number): () => number {
  let block = Buffer.alloc(0);
  let used = 0;
  let counter = 0;
  return () => {
    if (used === block.length) {
      block = createHmac("sha256", key).update(`${salt} ${counter} ${value}`).digest();
      used = 0;
      counter += 1;
    }
    used += 1;
    return block[used - 1] ?? 0;
  };
}
