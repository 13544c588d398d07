/** Order of severities. */
import type { Severity } from "@nodekeeper/shared/api";

const loudestFirst: readonly Severity[] = ["high", "medium", "low"];

/** Loudest first, for sort. */
export function compareSeverity(a: Severity, b: Severity): number {
  return loudestFirst.indexOf(a) - loudestFirst.indexOf(b);
}
