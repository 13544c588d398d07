/** Findings and decisions for tests. */
import type { Decision, Finding } from "@nodekeeper/shared/api";

/** 2026-03-01 12:00 UTC. */
export const nowMs: number = Date.parse("2026-03-01T12:00:00.000Z");

/** A firing finding of medium severity on neko, but for what a test cares about. */
export function aFinding(id: string, changes: Partial<Finding> = {}): Finding {
  return {
    ...{ id, rule: "disk-worn", title: "A drive is worn", severity: "medium", state: "firing", node: "neko" },
    ...{ subject: { kind: "disk_health", id: "sda" }, text: `${id} is worn`, action: "Replace it.", evidence: [], isHeld: false },
    pendingSince: "2026-03-01T10:00:00.000Z",
    firingSince: "2026-03-01T11:00:00.000Z",
    ...changes,
  };
}

/** A decision of ada about neko, an hour before `nowMs`. */
export function aDecision(kind: Decision["kind"], changes: Partial<Decision> = {}): Decision {
  return { id: kind, kind, scope: { node: "neko" }, by: "ada", reason: "", at: "2026-03-01T11:00:00.000Z", ...changes };
}

/** What holds of a finding after such a decision. */
export function decided(kind: Decision["kind"], isSetAside: boolean): Pick<Finding, "attention"> {
  return { attention: { isQuiet: true, isSetAside, decisions: [aDecision(kind)] } };
}
