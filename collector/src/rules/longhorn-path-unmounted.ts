/**
 * A folder that Longhorn keeps data in is not what it was: the filesystem that belongs there is not mounted, or is empty. Longhorn then takes
 * the folder below for its disk: replicas are missing, and new ones fill the root filesystem.
 */
import { shellWord } from "@nodekeeper/shared";
import { defineRule, type Rule } from "../evaluate/rule.ts";
import type { NodeView } from "../state/node-view.ts";
import { concludeOnValues } from "./support/conclude-on-values.ts";
import { evidenceOf } from "./support/evidence.ts";

export const longhornPathUnmounted: Rule = defineRule({
  code: "longhorn-path-unmounted",
  title: "Longhorn's disk is not mounted",
  severity: "high",
  holdMs: 2 * 60_000, // a disk that spins up slowly is mounted by then
  clearMs: 0, // it is not listed any more: it is as it should be
  dependsOn: ["node-not-reporting"],
  evaluate: (view: NodeView) =>
    concludeOnValues(view, "longhornPath", "whether it is mounted", ({ subject, value, readAtMs }) => ({
      kind: "raise",
      text: `${subject.id}: ${value.message.replace(/\.$/, "") || value.problem.replaceAll("-", " ")}`,
      action: actionOf(value.problem, shellWord(subject.id)),
      evidence: evidenceOf({ problem: value.problem, expected_source: value.expectedSource }, readAtMs),
    })),
});

/** Not what the agent advises: people type it as root, and the agent may be nobody's friend. */
function actionOf(problem: string, path: string): string {
  if (problem === "empty")
    return `Look whether it is another filesystem than before: findmnt ${path}; blkid. mount ${path} brings the right one where fstab names it.`;
  if (problem === "on-root-filesystem")
    return `Disable the disk's scheduling in Longhorn, then mount ${path}. What was written meanwhile lies below it.`;
  return `Mount it before Longhorn writes below it, and look why it was not: mount ${path}; where no fstab names it, systemctl list-units --all --type mount.`;
}
