/** Asks a rule about a cluster of which a test says what its Nodes and agents are. */
import type { ClusterRule, ClusterRuleView } from "../evaluate/cluster-rule.ts";
import type { Verdict } from "../evaluate/rule.ts";
import type { ClusterNode, NodeCondition } from "../state/cluster/cluster-node.ts";
import { machineThatSaid, type Thing, viewAfter } from "./judge-machine.ts";
import { startMs } from "./states.ts";

const minuteMs = 60_000;

/** A Node that has been ready for an hour, with an address on the tailnet by default. */
export function nodeOf(name: string, overrides: Partial<ClusterNode> & { readonly ip?: string } = {}): ClusterNode {
  const { ip = `100.64.0.${name.length}`, ...rest } = overrides;
  return {
    ...{ name, uid: `uid of ${name}`, resourceVersion: "1", createdAtMs: startMs - 24 * 60 * minuteMs },
    ...{ labels: {}, annotations: {}, isCordoned: false, taints: [], managers: [] },
    conditions: [condition("Ready", "True")],
    addresses: ip === "" ? [] : [{ type: "InternalIP", address: ip }],
    info: { machineId: "", bootId: "", kubeletVersion: "v1.33.6+k3s1" },
    ...rest,
  };
}

/** A condition that has been so for an hour, unless told otherwise, and of which there was word a minute ago. */
export function condition(type: string, status: string, overrides: Partial<NodeCondition> = {}): NodeCondition {
  return {
    ...{ type, status, reason: "", message: "" },
    ...{ lastHeartbeatAtMs: startMs - minuteMs, lastTransitionAtMs: startMs - 60 * minuteMs },
    ...overrides,
  };
}

/** What the rule says of a cluster. */
export function judgeCluster(rule: ClusterRule, view: Partial<ClusterRuleView>): readonly Verdict[] {
  return rule.evaluate({
    ...{ nowMs: startMs, nodes: [], version: "v1.33.6+k3s1", agent: () => ({ kind: "none" }) },
    ...{ machine: () => undefined, startedAtMs: startMs },
    ...{ formerAddresses: new Map(), wildcard: undefined },
    ...{ longhorn: undefined, backups: [], maximumBackupAgeMs: 26 * 60 * minuteMs },
    ...view,
  });
}

/** An agent that said this so long ago; undefined: it said nothing. */
export function agentThatSaid(things: readonly Thing[] | undefined, beforeMs = 0): ClusterRuleView["agent"] {
  return (_, probe, kind) => {
    const view = viewAfter(machineThatSaid({ probe, things: things ?? [] }), beforeMs);
    const subject = view.subjects.find((each) => each.kind === kind);
    return subject === undefined ? { kind: "unknown" } : { kind: "said", subject };
  };
}

/** By subject (empty for the cluster itself): severity of what is raised, or what else was said. */
export function saidBy(rule: ClusterRule, verdicts: readonly Verdict[]): Readonly<Record<string, string>> {
  const word = (verdict: Verdict): string => (verdict.kind === "raise" ? (verdict.severity ?? rule.severity) : verdict.kind);
  return Object.fromEntries(verdicts.map((verdict) => [verdict.subject.id, word(verdict)]));
}

/** The text of the first that is raised. */
export function textOf(verdicts: readonly Verdict[]): string {
  const verdict = verdicts.find(({ kind }) => kind === "raise");
  return verdict?.kind === "raise" ? verdict.text : "";
}
