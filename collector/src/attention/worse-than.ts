/** Whether a finding is worse than it was when it was acknowledged. Pure. */
import type { Decision, Finding } from "@nodekeeper/shared/api";
import { compareSeverity } from "../evaluate/severity.ts";

/** In what, e.g. "percentage_used 110 is above 100"; undefined: it is not. Without a number on both sides only the severity tells. */
export function worseThan(seen: NonNullable<Decision["seen"]>, { severity, measure }: Finding): string | undefined {
  if (compareSeverity(severity, seen.severity) < 0) return `its severity is ${severity}, and was ${seen.severity}`;
  if (measure === undefined || seen.level === undefined || measure.level <= seen.level) return undefined;
  return `${measure.name} ${measure.level} is above ${seen.level}`;
}
