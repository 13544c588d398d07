/** The part of `--help` that lists options. */
import type { Option } from "./option.ts";
import { flagOf, type Options } from "./read-options.ts";

/** One line an option: flag, what it takes, what it means, its default. */
export function optionsHelp(options: Options): string {
  const rows = Object.entries(options).map(([key, option]) => ({
    left: `  ${flagOf(key)}${option.placeholder === "" ? "" : ` ${option.placeholder}`}`,
    right: `${option.description}${option.isRepeatable ? "; may be repeated" : ""}${withoutIt(option)}`,
  }));
  const width = Math.max(...rows.map((row) => row.left.length)) + 2;
  return rows.map((row) => row.left.padEnd(width) + row.right).join("\n");
}

/** What holds where it is left out. */
function withoutIt({ fallbackText, fallback, isOptional }: Option<unknown>): string {
  if (fallbackText !== "") return ` (default: ${fallbackText})`;
  return fallback === undefined && isOptional !== true ? " (required)" : "";
}
