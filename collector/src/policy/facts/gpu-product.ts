/** What a GPU is called as a label's value: "NVIDIA GeForce RTX 3050 Ti Laptop GPU" and "NVIDIA GeForce RTX 3050 Ti Mobile" are both rtx-3050-ti. */
import { labelText } from "../label-text.ts";

/** Words that say nothing that others of its maker do not have too, or that another fact says: its memory, how it is built in. */
const commonWords: readonly RegExp[] = [
  /\((?:R|TM|C)\)|[®™]/gi,
  /\b(?:NVIDIA|GeForce|Tesla|AMD|ATI|Radeon|Intel|Advanced Micro Devices|Corporation|Corp|Inc)\b\.?/gi,
  /\bwith Max-Q Design\b|\bMax-Q(?: Refresh)?\b/gi,
  /\bLaptop GPU\b|\bMobile\b|\bLite Hash Rate\b|\bGeneration\b|\bGraphics(?: Device)?\b/gi,
  /\b\d+(?:\.\d+)?[ -]?GB\b|\bHBM\d\w*\b/gi,
];

/** The product as a label's value; of a name that means several cards, the first. Undefined where nothing is left to call it by. */
export function gpuProduct(name: string): string | undefined {
  const first = name.split(" / ")[0]?.replace(/(\d)\/.*$/, "$1") ?? name;
  const short = commonWords.reduce((text, word) => text.replaceAll(word, " "), first);
  return labelText(short) || labelText(name) || undefined;
}
