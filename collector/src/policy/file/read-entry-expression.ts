/** An expression that stands as a value of the file. */
import type { Scalar } from "yaml";
import type { Expression } from "../expression.ts";
import { type ExpressionUse, readExpression } from "../read-expression.ts";
import type { FileContext } from "./file-context.ts";
import { isEmpty, kindOf, scalarOf, type YamlValue } from "./yaml-values.ts";

/** Reads it; every problem goes onto the sheet. What YAML takes for a number, true or null is an expression too. */
export function readEntryExpression(
  value: YamlValue,
  use: Pick<ExpressionUse, "purpose" | "readsDisk">,
  { domain, text: file, sheet, placeOf }: FileContext,
): Expression | undefined {
  const scalar = scalarOf(value);
  if (scalar === undefined || isEmpty(value.node)) {
    sheet.add(value.offset, `${value.path}: here stands an expression, not ${kindOf(value.node)}`);
    return undefined;
  }
  const text = typeof scalar.value === "string" ? scalar.value.trim() : (scalar.source ?? String(scalar.value));
  const read = readExpression(text, { ...use, place: placeOf(value), domain });
  if (read.kind === "good") return read.expression;
  for (const { offset, message } of read.problems)
    sheet.add(offsetInFile(file, scalar, text, offset), `${value.path}: ${message}`);
  return undefined;
}

/**
 * Where a character of an expression stands in the file. YAML folds lines and strips indents, but leaves the other characters as they are: the
 * two are followed side by side. Where that fails (an escape in quotes) it is the begin of the value.
 */
function offsetInFile(file: string, { range }: Scalar, text: string, offset: number): number {
  const [start, end] = range ?? [0, 0, 0];
  let at = bodyStart(file, start, end);
  for (let index = 0; index < text.length && at < end; index += 1) {
    const character = text[index] ?? "";
    if (/\s/.test(character)) continue;
    while (at < end && /\s/.test(file[at] ?? "")) at += 1;
    if (index >= offset) return at;
    if (file[at] !== character) return start;
    at += 1;
  }
  return Math.min(at, end);
}

/** Behind a quote, or behind the line of "|" or ">". */
function bodyStart(file: string, start: number, end: number): number {
  const first = file[start] ?? "";
  if (first === '"' || first === "'") return start + 1;
  if (first !== "|" && first !== ">") return start;
  const line = file.indexOf("\n", start);
  return line < 0 || line >= end ? start : line + 1;
}
