/** What the page knows: the last snapshot with all deltas since applied. Pure. */
import type { Finding, NodeDetail, NodeSummary, Onboarding, StreamDelta, StreamMessage } from "@nodekeeper/shared/api";

/** Everything that is shown. */
export interface Picture {
  readonly stream: string;
  readonly version: number;
  readonly nodes: ReadonlyMap<string, NodeSummary>;
  /** Pending and firing, by id. */
  readonly findings: ReadonlyMap<string, Finding>;
  /** Machines on their way, those that arrived since, and, undefined, those whose names nobody bears any more. */
  readonly onboardings: ReadonlyMap<string, Onboarding | undefined>;
  /** Of the node that was asked for. */
  readonly detail: NodeDetail | undefined;
}

/** The picture after a message. */
export function applyMessage(picture: Picture | undefined, message: StreamMessage): Picture {
  if (message.type === "snapshot" || picture === undefined) return startPicture(message);
  const nodes = new Map(picture.nodes);
  for (const name of message.removedNodes) nodes.delete(name);
  for (const node of message.nodes) nodes.set(node.name, node);
  const findings = new Map(picture.findings);
  for (const finding of message.findings) {
    if (finding.state === "resolved") findings.delete(finding.id);
    else findings.set(finding.id, finding);
  }
  return {
    ...{ stream: message.stream, version: message.version, nodes, findings, detail: message.detail ?? picture.detail },
    onboardings: applyOnboardings(picture.onboardings, message),
  };
}

function startPicture(message: StreamMessage): Picture {
  return {
    stream: message.stream,
    version: message.version,
    nodes: new Map(message.nodes.map((node) => [node.name, node])),
    findings: new Map(message.findings.filter((finding) => finding.state !== "resolved").map((finding) => [finding.id, finding])),
    onboardings: new Map((message.onboardings ?? []).map((machine) => [machine.node, machine])),
    detail: message.detail,
  };
}

/** The same map where nothing was told: the page has nothing to do then. */
function applyOnboardings(before: Picture["onboardings"], message: StreamDelta): Picture["onboardings"] {
  const { onboardings = [], removedOnboardings = [] } = message;
  if (onboardings.length + removedOnboardings.length === 0) return before;
  return new Map([
    ...before,
    ...removedOnboardings.map((node) => [node, undefined] as const),
    ...onboardings.map((machine) => [machine.node, machine] as const),
  ]);
}
