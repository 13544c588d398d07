/**
 * The clocks of a machine and of the collector do not agree. Logs and samples are then told at wrong times; from seconds on etcd complains (it warns from
 * one second), from minutes on certificates and tokens are refused. Which of both is wrong the machine's time service tells, where it says anything.
 */
import { formatTimeSpan } from "@nodekeeper/shared/format";
import { defineRule, type FiringOf, type Rule, type Verdict } from "../evaluate/rule.ts";
import { isFreshAndOk, type NodeView, valuesOf } from "../state/node-view.ts";
import { evidenceOf } from "./support/evidence.ts";
import { measuredInDoublings } from "./support/measure.ts";

const subject = { kind: "node", id: "" } as const;
/** What a report is late on its way is not known any better than to a second or two. */
const raiseMs = 5_000;
const clearBelowMs = 3_000;
/** From here on what is signed with a time is refused: Kubernetes allows a token a minute. */
const refusedMs = 60_000;

export const clockSkewed: Rule = defineRule({
  code: "clock-skewed",
  title: "Clocks do not agree",
  severity: "low",
  holdMs: 5 * 60_000, // after a boot or a suspend the time service sets it within moments
  clearMs: 5 * 60_000,
  dependsOn: ["node-not-reporting"],
  evaluate: (view, firing) => [judge(view, firing)],
});

function judge(view: NodeView, firing: FiringOf): Verdict {
  const { clockSkewMs } = view.node;
  if (view.freshness !== "fresh" || clockSkewMs === undefined)
    return { kind: "hold", subject, reason: "its clock was not heard of lately" };
  const offMs = Math.abs(clockSkewMs);
  if (offMs < (firing(subject) === undefined ? raiseMs : clearBelowMs)) return { kind: "clear", subject };
  const [service] = valuesOf(view, "timeSync");
  const said = service !== undefined && isFreshAndOk(service.subject) ? service.value.isSynchronized : undefined;
  const facts = {
    clock_skew_seconds: Math.round(clockSkewMs / 1000),
    is_synchronized: said,
    time_service: service?.value.service,
    reference: service?.value.reference,
  };
  const measure = measuredInDoublings("seconds_apart", offMs / 1000);
  return {
    kind: "raise",
    subject,
    severity: offMs >= refusedMs ? "medium" : "low",
    text: `its clock is ${formatTimeSpan(measure.level)} or more ${clockSkewMs > 0 ? "ahead of" : "behind"} the collector's`,
    action:
      said === true
        ? "Its time service says that it is right: look at the clock of the collector's machine first (timedatectl), above all where several nodes say this."
        : "Look at its time service (timedatectl) and at what it may reach; where several nodes say this, look at the clock of the collector's machine.",
    evidence: evidenceOf(facts, view.node.lastContactAtMs),
    measure,
  };
}
