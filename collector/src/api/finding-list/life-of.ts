/** The life of a finding as far as anybody wrote it down. Pure. */
import type { AuditRecord, Decision, Finding, FindingEvent } from "@nodekeeper/shared/api";
import { scopeText } from "../../attention/make-decision.ts";

const loudness = { low: 0, medium: 1, high: 2 } as const;

const decided: Readonly<Record<Decision["kind"], string>> = {
  acknowledge: "acknowledged",
  accept: "accepted as it is",
  mute: "muted",
  maintenance: "under maintenance",
};

/** Its events, oldest first. `records` are those of the audit that are about its node. */
export function lifeOf(finding: Finding, records: readonly AuditRecord[]): FindingEvent[] {
  const inForce = finding.attention?.decisions ?? [];
  const events = [
    ...ownEvents(finding),
    ...inForce.map(decisionEvent),
    ...recordedEvents(finding, records, new Set(inForce.map(({ id }) => id))),
  ];
  return events.sort((a, b) => Date.parse(a.at) - Date.parse(b.at)); // what happened at one time stays in its order
}

function ownEvents({ pendingSince, firingSince, severityChanges = [], resolvedAt, resolvedBecause }: Finding): FindingEvent[] {
  return [
    { at: pendingSince, kind: "pending", text: "its condition was seen" },
    ...(firingSince === undefined ? [] : [{ at: firingSince, kind: "firing" as const, text: "it fires" }]),
    ...severityChanges.map(({ at, from, to }) => ({
      at,
      kind: loudness[to] > loudness[from] ? ("worse" as const) : ("better" as const),
      text: `it was of ${from} severity, and is of ${to}`,
    })),
    ...(resolvedAt === undefined
      ? []
      : [{ at: resolvedAt, kind: "resolved" as const, text: resolvedBecause ?? "its condition is gone" }]),
  ];
}

function decisionEvent({ kind, by, reason, at, until }: Decision): FindingEvent {
  const end = until === undefined ? "" : ` until ${until}`;
  return { at, kind: "decided", text: `${decided[kind]}${end}${reason === "" ? "" : `: ${reason}`}`, by };
}

/** Decisions that hold no more, and the ends of all: the audit says in its detail what they were about. */
function recordedEvents(finding: Finding, records: readonly AuditRecord[], inForce: ReadonlySet<string>): FindingEvent[] {
  const scopes = scopesOf(finding).map(scopeText);
  const untilMs = finding.resolvedAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(finding.resolvedAt);
  return records
    .filter(({ action, outcome }) => action.startsWith("decision.") && outcome === "done")
    .filter(({ at }) => Date.parse(at) >= Date.parse(finding.pendingSince) && Date.parse(at) <= untilMs)
    .filter(({ detail }) => scopes.some((scope) => detail.includes(scope)))
    .filter(({ detail }) => ![...inForce].some((id) => detail.includes(id)))
    .map(({ at, action, actor, detail }) => ({
      at,
      kind: action === "decision.end" ? ("decision-ended" as const) : ("decided" as const),
      text: detail,
      ...(actor.kind === "collector" ? {} : { by: actor.name }),
    }));
}

/** Every scope of one node of which a finding is. */
function scopesOf({ node, rule, subject }: Finding): readonly Decision["scope"][] {
  return [{ node, rule, subject }, { node, rule }, { node }];
}
