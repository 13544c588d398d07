/**
 * A node lacks something that Longhorn needs, by longhornctl's own checks and levels. Where Longhorn is and keeps no data, it is worth knowing
 * and no more; where K3s runs without Longhorn, it is nobody's business.
 */
import { LonghornCheckLevel, Outcome } from "@nodekeeper/proto";
import { defineRule, type Rule } from "../evaluate/rule.ts";
import { prerequisiteRemedy } from "../longhorn/prerequisite-remedy.ts";
import { type NodeView, valuesOf } from "../state/node-view.ts";
import { concludeOnValues } from "./support/conclude-on-values.ts";
import { evidenceOf } from "./support/evidence.ts";

export const longhornPrerequisite: Rule = defineRule({
  code: "longhorn-prerequisite",
  title: "Longhorn lacks something",
  severity: "medium",
  holdMs: 10 * 60_000, // services start late in the boot, and restart with updates
  clearMs: 60_000,
  dependsOn: ["node-not-reporting"],
  evaluate: (view: NodeView) => {
    const folders = valuesOf(view, "longhornCheck").find(({ subject }) => subject.id === "disk-folders")?.value;
    const hasDisk = valuesOf(view, "longhornDisk").some(({ subject }) => subject.outcome !== Outcome.ABSENT);
    const hasData = hasDisk || (folders?.folders.length ?? 0) > 0;
    const isWithout = folders?.isLonghornHere === false && !hasData;
    return concludeOnValues(view, "longhornCheck", "how it came out", ({ subject, value, readAtMs }) => {
      if (value.level === LonghornCheckLevel.UNSPECIFIED) return { kind: "hold", reason: "it is not known how it came out" };
      if (value.level === LonghornCheckLevel.INFO || isWithout) return { kind: "clear" };
      const isError = value.level === LonghornCheckLevel.ERROR;
      return {
        kind: "raise",
        severity: isError && hasData ? "medium" : "low",
        text: `Longhorn ${isError ? "lacks something" : "may get into trouble"} on this node: ${uncapitalised(value.message)}`,
        action: prerequisiteRemedy(value.remedy)?.text ?? "Run longhornctl check preflight on the cluster.",
        evidence: evidenceOf({ check: subject.id, level: isError ? "error" : "warn" }, readAtMs),
      };
    });
  },
});

/** Ready to stand behind a colon. */
function uncapitalised(sentence: string): string {
  return sentence.replace(/\.$/, "").replace(/^[A-Z](?=[a-z ])/, (letter) => letter.toLowerCase());
}
