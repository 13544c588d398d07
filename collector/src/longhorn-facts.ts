/** What rules about the cluster may conclude from of Longhorn. */
import type { LonghornFacts } from "./evaluate/cluster-rule.ts";
import type { LonghornView } from "./state/longhorn/longhorn-holder.ts";
import { noLonghorn } from "./state/longhorn/no-longhorn.ts";

/** Longhorn is heard of at least once a minute; after this long nothing is concluded from what was heard last. */
const heardLimitMs = 5 * 60_000;

/** Longhorn as it is; empty where it is not installed, undefined where it is not known whole or was not heard of lately. */
export function longhornFacts(longhorn: LonghornView, nowMs: number): LonghornFacts | undefined {
  const { knowledge } = longhorn;
  if (knowledge.kind === "unknown" || nowMs - knowledge.heardAtMs > heardLimitMs) return undefined;
  if (knowledge.kind === "absent") return noLonghorn;
  return knowledge.problem === undefined ? longhorn : undefined;
}
