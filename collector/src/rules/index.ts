/** The list of this folder. A test holds the two together. */
import type { Rule } from "../evaluate/rule.ts";

/** Every rule. */
export const rules: readonly Rule[] = [];
