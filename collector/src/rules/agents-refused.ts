/**
 * Somebody wanted to speak in a node's name and could not prove it. It is the node's own agent whose credential was revoked or lost, or somebody who
 * should not be there: the collector cannot tell, so it says who tried.
 *
 * Low where nothing was proven: whoever reaches the collector can do that, and must not be able to make a healthy node look ill. Medium where it was
 * an agent of another node, which proved that. A token that had just ended is shown once in a while by an agent that was asleep; only when it
 * is shown again and again something is wrong.
 */
import { defineRule, type Rule, type Verdict } from "../evaluate/rule.ts";
import type { NodeView } from "../state/node-view.ts";
import { recentIntrusions } from "./support/recent-intrusions.ts";

const subject = { kind: "node", id: "" } as const;
/** An ended token that is shown so often is not renewed. */
const expiredCount = 3;

export const agentsRefused: Rule = defineRule({
  code: "agents-refused",
  title: "Agents in its name were refused",
  severity: "low",
  holdMs: 0, // what is reported has happened
  clearMs: 0, // the rule waits for the quiet itself
  dependsOn: [],
  evaluate: (view) => [judge(view)],
});

function judge(view: NodeView): Verdict {
  const recent = recentIntrusions(view, "refused");
  if (recent.kind === "unknown") return { kind: "hold", subject, reason: "not listened for long enough" };
  const intrusions =
    recent.kind === "some"
      ? recent.intrusions.filter(({ code, count }) => code !== "IDENTITY_EXPIRED" || count >= expiredCount)
      : [];
  const [last] = intrusions;
  if (last === undefined) return { kind: "clear", subject };
  return {
    kind: "raise",
    subject,
    severity: intrusions.some(({ code }) => code === "IDENTITY_MISMATCH") ? "medium" : "low",
    text: `somebody wanted to speak in its name and was refused: ${last.who} (${last.code})`,
    action:
      "If it is its own agent, enroll the machine anew; if it is another machine, correct its --node-name; if nobody knows it, ask who is at that address. GET /api/v1/audit has all of it.",
    evidence: intrusions.map(({ who, code, count, lastAtMs }) => ({
      name: "refused",
      value: `${who}, ${code}, ${count} times, last ${new Date(lastAtMs).toISOString()}`,
    })),
    measure: { name: "who_tried", level: intrusions.length },
  };
}
