/** Plans that were shown lately, so that whoever approves one that is another by now hears how it changed. */
import { AppError } from "@nodekeeper/shared";
import type { PlannedOperation } from "@nodekeeper/shared/api";
import { lineOf } from "./plan-of.ts";

/** Them. */
export interface ShownPlans {
  remember(hash: string, approvable: readonly PlannedOperation[]): void;
  /** CONFLICT, for somebody who approves `hash` while the plan is another. */
  changedSince(hash: string, approvable: readonly PlannedOperation[]): AppError;
}

/** Steps of all of them: where there are thousands of nodes, the last few plans are remembered. */
const maximumLines = 100_000;

/** None yet. */
export function createShownPlans(): ShownPlans {
  const shown = new Map<string, ReadonlySet<string>>();
  let lineCount = 0;
  return {
    remember(hash, approvable) {
      if (hash === "" || shown.has(hash)) return;
      shown.set(hash, new Set(approvable.map(lineOf)));
      lineCount += approvable.length;
      for (const [eldest, lines] of shown) {
        if (lineCount <= maximumLines || eldest === hash) break;
        shown.delete(eldest);
        lineCount -= lines.size;
      }
    },
    changedSince(hash, approvable) {
      const before = shown.get(hash);
      if (before === undefined) {
        const text = `no plan of the hash ${JSON.stringify(hash)} is known here: look at the present one by \`nodekeeper plan\``;
        return new AppError("CONFLICT", text);
      }
      const now = new Set(approvable.map(lineOf));
      const more = [...now].filter((line) => !before.has(line)).length;
      const less = [...before].filter((line) => !now.has(line)).length;
      return new AppError(
        "CONFLICT",
        `the plan is another by now: ${steps(more)} more and ${less} less than in ${hash}; look at it again by \`nodekeeper plan\``,
      );
    },
  };
}

function steps(count: number): string {
  return count === 1 ? "1 step" : `${count} steps`;
}
