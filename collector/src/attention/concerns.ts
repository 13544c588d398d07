/** Which findings a decision is about. Pure. */
import type { DecisionScope, Finding } from "@nodekeeper/shared/api";
import type { KeptDecision } from "./kept-decision.ts";
import { worseThan } from "./worse-than.ts";

/** Whether it is about the finding. An acknowledgement is about nothing that is worse than what was acknowledged, an acceptance about advice alone. */
export function concerns({ decision, finding: id }: KeptDecision, finding: Finding): boolean {
  if (!matches(decision.scope, finding)) return false;
  switch (decision.kind) {
    case "acknowledge":
      return finding.id === id && decision.seen !== undefined && worseThan(decision.seen, finding) === undefined;
    case "accept":
      return finding.severity === "low";
    case "mute":
    case "maintenance":
      return true;
  }
}

/** Whether a finding is within a scope. */
export function matches({ node, rule, subject }: DecisionScope, finding: Finding): boolean {
  if (rule !== undefined && rule !== finding.rule) return false;
  if (subject !== undefined && (subject.kind !== finding.subject.kind || subject.id !== finding.subject.id)) return false;
  return node === undefined || nodesOf(finding).includes(node);
}

/** The node that it is of. One of the cluster is of no node, and of that which its subject names, too. */
export function nodesOf({ node, subject }: Finding): readonly string[] {
  if (node !== "") return [node];
  if (subject.kind === "node") return ["", subject.id];
  const [named = ""] = subject.kind === "longhorn-disk" ? subject.id.split("/") : []; // node/disk
  return named === "" ? [""] : ["", named];
}
