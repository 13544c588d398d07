/** Answers as JSON that a model's context can bear: under 2 kB, whatever the size of the fleet. */
import type { ToolAnswer } from "./tool.ts";

/** No answer is longer, in bytes. */
export const maximumAnswerBytes = 2_000;
/** More items than fit into any answer: those after need not be made. */
export const mostItems = 50;
/** Room for how many were left out. */
const moreBytes = 60;
const textBytes = 640;
const factBytes = 200;

/** The answer, the sentence first. What is left out of the list is counted under `more`. */
export function renderAnswer({ text, facts = {}, list }: ToolAnswer): string {
  const clipped = Object.entries(facts).map(([name, value]) => [
    name,
    typeof value === "string" ? clip(value, factBytes) : value,
  ]);
  const head = { text: clip(text, textBytes), ...Object.fromEntries(clipped) };
  if (list === undefined) return JSON.stringify(head);
  let left = maximumAnswerBytes - moreBytes - bytesOf(JSON.stringify({ ...head, [list.name]: [] }));
  const shown: object[] = [];
  for (const item of list.items) {
    left -= bytesOf(JSON.stringify(item, clipTexts)) + 1;
    if (left < 0) break;
    shown.push(item);
  }
  const hidden = (list.total ?? list.items.length) - shown.length;
  return JSON.stringify({ ...head, [list.name]: shown, ...(hidden === 0 ? {} : { more: `and ${hidden} more` }) }, clipTexts);
}

function clipTexts(name: string, value: unknown): unknown {
  return typeof value === "string" && name !== "text" ? clip(value, factBytes) : value;
}

/** So many bytes of JSON at most; what was cut ends in …. */
function clip(text: string, maximumBytes: number): string {
  if (bytesOf(JSON.stringify(text)) <= maximumBytes) return text;
  let cut = text.slice(0, maximumBytes);
  while (bytesOf(JSON.stringify(cut)) > maximumBytes - 3) cut = cut.slice(0, Math.floor(cut.length * 0.9));
  return `${cut.toWellFormed()}…`;
}

function bytesOf(text: string): number {
  return Buffer.byteLength(text);
}
