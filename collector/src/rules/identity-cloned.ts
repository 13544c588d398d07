/**
 * A second machine has what proves who a node is, or its machine-id: a disk was copied, an image was made of a machine that had run, a file was taken
 * along. One of the two is not who it says it is, and what is shown of the node may be of either. Medium, since nothing is known to be broken.
 */
import { defineRule, type Rule, type Verdict } from "../evaluate/rule.ts";
import type { NodeView } from "../state/node-view.ts";
import { recentIntrusions } from "./support/recent-intrusions.ts";

const subject = { kind: "node", id: "" } as const;

export const identityCloned: Rule = defineRule({
  code: "identity-cloned",
  title: "Identity seen twice",
  severity: "medium",
  holdMs: 0, // what is reported has been seen
  clearMs: 0, // the rule waits for the quiet itself
  dependsOn: [],
  evaluate: (view) => [judge(view)],
});

function judge(view: NodeView): Verdict {
  const recent = recentIntrusions(view, "cloned");
  if (recent.kind === "unknown") return { kind: "hold", subject, reason: "not listened for long enough" };
  if (recent.kind === "none") return { kind: "clear", subject };
  const [last] = recent.intrusions;
  return {
    kind: "raise",
    subject,
    text: `a second machine has its identity: ${last?.who ?? "unknown"}`,
    action:
      "Find out which of both is the right one. Give the other a machine-id of its own (rm /etc/machine-id; systemd-machine-id-setup) and a name, and enroll it; if a credential was copied, enroll the right one anew too, which ends the copy's.",
    evidence: recent.intrusions.map(({ who, count, lastAtMs }) => ({
      name: "seen",
      value: `${who}, ${count} times, last ${new Date(lastAtMs).toISOString()}`,
    })),
    measure: { name: "who_tried", level: recent.intrusions.length },
  };
}
