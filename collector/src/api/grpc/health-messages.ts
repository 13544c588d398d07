/** Health in the messages of the wire, from the bodies of HTTP: both say the same. */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  FindingSeverity,
  type HealthEvidenceSchema,
  type HealthFindingSchema,
  HealthFreshness,
  type NodeHealth as NodeHealthMessage,
  NodeHealthSchema,
  NodeStatus as NodeStatusMessage,
  type NodeVerdict,
  NodeVerdictSchema,
} from "@nodekeeper/proto/health";
import type { Evidence, Finding, HealthLine, NodeHealth, NodeStatus, ProbeFreshness, Severity } from "@nodekeeper/shared/api";

const statusMessages: Readonly<Record<NodeStatus, NodeStatusMessage>> = {
  ok: NodeStatusMessage.OK,
  degraded: NodeStatusMessage.DEGRADED,
  failed: NodeStatusMessage.FAILED,
  unknown: NodeStatusMessage.UNKNOWN,
  asleep: NodeStatusMessage.ASLEEP,
};

const freshnessMessages: Readonly<Record<ProbeFreshness["freshness"], HealthFreshness>> = {
  fresh: HealthFreshness.FRESH,
  stale: HealthFreshness.STALE,
  lost: HealthFreshness.LOST,
  never: HealthFreshness.NEVER,
};

const severityMessages: Readonly<Record<Severity, FindingSeverity>> = {
  low: FindingSeverity.LOW,
  medium: FindingSeverity.MEDIUM,
  high: FindingSeverity.HIGH,
};

/** The state that a message names; undefined for one that names none, or one of a later version. */
export function statusOf(message: NodeStatusMessage): NodeStatus | undefined {
  const [found] = Object.entries(statusMessages).find(([, each]) => each === message) ?? [];
  return found as NodeStatus | undefined; // a key of the table
}

/** The verdict on a node. */
export function verdictMessage(line: HealthLine): NodeVerdict {
  return create(NodeVerdictSchema, {
    node: line.node,
    status: statusMessages[line.status],
    reason: line.reason,
    sinceUnixMs: unixMs(line.since),
    freshness: freshnessMessages[line.freshness],
    lastContactUnixMs: unixMs(line.lastContactAt),
    highFindingCount: line.findingCounts.high,
    mediumFindingCount: line.findingCounts.medium,
    lowFindingCount: line.findingCounts.low,
  });
}

/** The whole health of a node. */
export function healthMessage(line: HealthLine, { findings, probes, unknowns }: NodeHealth): NodeHealthMessage {
  return create(NodeHealthSchema, {
    verdict: verdictMessage(line),
    findings: findings.map(findingMessage),
    probes: probes.map(({ name, freshness, observedAt }) => ({
      probe: name,
      freshness: freshnessMessages[freshness],
      ...(observedAt === undefined ? {} : { observedAtUnixMs: unixMs(observedAt) }),
    })),
    unknowns,
  });
}

function findingMessage(finding: Finding): MessageInitShape<typeof HealthFindingSchema> {
  const { id, rule, title, text, action, isHeld, suppressedBy = "", firingSince } = finding;
  return {
    ...{ id, rule, title, text, action, isHeld, suppressedBy },
    severity: severityMessages[finding.severity],
    isFiring: finding.state === "firing",
    subjectKind: finding.subject.kind,
    subjectId: finding.subject.id,
    evidence: finding.evidence.map(evidenceMessage),
    pendingSinceUnixMs: unixMs(finding.pendingSince),
    ...(firingSince === undefined ? {} : { firingSinceUnixMs: unixMs(firingSince) }),
    isSetAside: finding.attention?.isSetAside ?? false,
  };
}

function evidenceMessage({ name, value, observedAt }: Evidence): MessageInitShape<typeof HealthEvidenceSchema> {
  return {
    name,
    value: valueMessage(value),
    ...(observedAt === undefined ? {} : { observedAtUnixMs: unixMs(observedAt) }),
  };
}

function valueMessage(value: Evidence["value"]): NonNullable<MessageInitShape<typeof HealthEvidenceSchema>["value"]> {
  switch (typeof value) {
    case "number":
      return { case: "number", value };
    case "boolean":
      return { case: "flag", value };
    default:
      return { case: "text", value: value };
  }
}

function unixMs(time: string): bigint {
  return BigInt(Date.parse(time));
}
