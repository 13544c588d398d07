/** What the readers of a policy file's sections share. */
import type { ProblemSheet } from "./problem-sheet.ts";
import type { YamlValue } from "./yaml-values.ts";

/** The context. */
export interface FileContext {
  /** The whole file. */
  readonly text: string;
  readonly sheet: ProblemSheet;
  /** What every key begins with. */
  readonly domain: string;
  /** How an explanation names the place of a value: "policy.yaml:12:9", or "built in: labels.gpu.product". */
  placeOf(value: YamlValue): string;
}
