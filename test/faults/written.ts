/** What nodekeeper would write on the Node of a machine, by the policy that is built in: what the reconcilers decide, without an API server. */
import type { Finding } from "@nodekeeper/shared/api";
import { builtInPolicy } from "../../collector/src/policy/built-in.ts";
import { conditions } from "../../collector/src/reconcile/conditions/index.ts";
import { decideLabels } from "../../collector/src/reconcile/labels/decide-labels.ts";
import { aClusterNode, worldOf } from "../../collector/src/reconcile/test-support/world-of.ts";
import type { NodeState } from "../../collector/src/state/node-state.ts";
import { startMs } from "../../collector/src/test-support/states.ts";
import { dayMs } from "./fault.ts";

/** Labels by their keys without the domain, and conditions by their types. What cannot be told, and so would stay, is "?". */
export interface Written {
  readonly labels: Readonly<Record<string, string | null>>;
  readonly conditions: Readonly<Record<string, string>>;
}

/** What would be written on it now. */
export function writtenOn(name: string, node: NodeState | undefined, findings: readonly Finding[], nowMs: number): Written {
  const { source: _, hash: __, ...policy } = builtInPolicy;
  const world = worldOf({
    ...{ node, findings, policy, afterMs: nowMs - startMs, startedAfterMs: nowMs - startMs - dayMs },
    live: aClusterNode({ metadata: { name } }),
  });
  const decision = decideLabels(world, name);
  const labels = decision.kind === "items" ? [...decision.items] : [];
  return {
    labels: Object.fromEntries(
      labels.map(([key, wanted]) => [
        key.slice(key.indexOf("/") + 1),
        wanted.kind === "value" ? wanted.value : wanted.kind === "absent" ? null : "?",
      ]),
    ),
    conditions: Object.fromEntries(
      conditions.map((condition) => {
        const judged = condition.judge(world, name);
        return [condition.type, judged.kind === "status" ? judged.status : judged.kind === "absent" ? "absent" : "?"];
      }),
    ),
  };
}
