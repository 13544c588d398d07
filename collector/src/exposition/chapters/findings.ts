/** Findings that fire. */
import type { Finding } from "@nodekeeper/shared/api";
import { bounded, type Chapter, type Family, labelsOf, type Moment, type Sheet } from "../chapter.ts";

const finding: Family = {
  name: "nodekeeper_finding",
  type: "gauge",
  help: "1 for a finding that fires; state says whether it counts (firing), follows from another (suppressed), or was acknowledged or accepted (set_aside).",
};
const quiet: Family = {
  name: "nodekeeper_finding_muted",
  type: "gauge",
  help: "1 for a finding that fires and of which nobody is told, since somebody muted it or works on the node.",
};

export const findings: Chapter = {
  families: [finding, quiet],
  write: (node, moment, sheet) => writeAll(moment.findingsOf(node.name), node.name, moment, sheet),
  close: (moment, sheet) => writeAll(moment.clusterFindings, "", moment, sheet),
};

const loudness: Readonly<Record<Finding["severity"], number>> = { high: 0, medium: 1, low: 2 };

function writeAll(open: readonly Finding[], node: string, moment: Moment, sheet: Sheet): void {
  const firing = open.filter(({ state }) => state === "firing");
  const loudest = firing.length < 2 ? firing : firing.toSorted((a, b) => loudness[a.severity] - loudness[b.severity]);
  for (const each of bounded(loudest, "finding", node, moment)) {
    const { rule, severity, subject } = each;
    const names = { node, rule, subject_kind: subject.kind, subject: subject.id, severity };
    sheet.add(finding, labelsOf({ ...names, state: stateOf(each) }), 1);
    if (each.attention?.isQuiet === true) sheet.add(quiet, labelsOf(names), 1);
  }
}

function stateOf({ suppressedBy, attention }: Finding): string {
  if (suppressedBy !== undefined) return "suppressed";
  return attention?.isSetAside === true ? "set_aside" : "firing";
}
