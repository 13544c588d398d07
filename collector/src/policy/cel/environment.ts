/** The language of expressions: CEL with what a policy needs of its functions, and one of ours. */
import { type CelEnv, type CelFunc, CelScalar, celEnv, celFunc } from "@bufbuild/cel";
import { strings } from "@bufbuild/cel/ext";
import { labelText } from "../label-text.ts";

const { STRING } = CelScalar;

/**
 * Functions that policies may use, besides operators. What is left out looks behind the types (dyn, type), is about times, or makes texts longer and
 * longer, so that a line could fill the memory.
 */
export const functionNames: readonly string[] = [
  ...["size", "contains", "startsWith", "endsWith", "matches"],
  ...["string", "int", "double", "bool"],
  ...["lowerAscii", "upperAscii", "substring", "trim", "indexOf", "charAt"],
  "label",
];

/** Of all of CEL's own and of its extension for texts. */
export const environment: CelEnv = celEnv({
  funcs: [...extensions(), celFunc("label", [STRING], STRING, (text) => labelText(text))],
});

/** Macros, which go over a list. */
export const macroNames: readonly string[] = ["exists", "all", "exists_one", "filter", "map", "has"];

function extensions(): CelFunc[] {
  return strings.filter(({ name }) => functionNames.includes(name));
}
