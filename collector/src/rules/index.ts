/** The list of this folder. A test holds the two together. */
import type { Rule } from "../evaluate/rule.ts";
import { diskNearlyFull } from "./disk-nearly-full.ts";
import { nodeNotReporting } from "./node-not-reporting.ts";
import { nvmeCriticalWarning } from "./nvme-critical-warning.ts";
import { probeFailing } from "./probe-failing.ts";

/** Every rule. */
export const rules: readonly Rule[] = [diskNearlyFull, nodeNotReporting, nvmeCriticalWarning, probeFailing];
