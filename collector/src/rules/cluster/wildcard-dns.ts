/**
 * A wildcard name points at the nodes one by one: whoever gets the address of one that is gone waits in vain, and a node that is not in it takes no
 * load. Only addresses of nodes are judged: a name may also point at other things, and one that points at no node at all (a load balancer) is none of
 * our business.
 */
import { inWords } from "@nodekeeper/shared";
import type { Evidence } from "@nodekeeper/shared/api";
import { type ClusterRule, type ClusterRuleView, defineClusterRule, type FormerAddress } from "../../evaluate/cluster-rule.ts";
import { formerAddressEvidence, nodeAddresses } from "../../evaluate/former-addresses.ts";
import type { Verdict } from "../../evaluate/rule.ts";
import type { ClusterNode } from "../../state/cluster/cluster-node.ts";
import { conditionOf, isReady } from "../../state/cluster/node-conditions.ts";
import { theCluster } from "../support/cluster-nodes.ts";

export const wildcardDns: ClusterRule = defineClusterRule({
  code: "wildcard-dns",
  title: "Wildcard name and nodes differ",
  severity: "medium",
  holdMs: 6 * 60_000, // two answers in a row say so
  clearMs: 0, // an answer is an answer
  evaluate: (view) => [judge(view)],
});

/** A node that restarts is nothing; one that was away is not missed at once. */
const steadyMs = 10 * 60_000;
/** An answer is made anew every five minutes. */
const answerLimitMs = 15 * 60_000;

function judge(view: ClusterRuleView): Verdict {
  const subject = theCluster;
  const { wildcard, nodes, nowMs } = view;
  if (wildcard === undefined) return { kind: "clear", subject };
  const { name, answer } = wildcard;
  if (answer.kind === "unknown") return { kind: "hold", subject, reason: answer.reason };
  if (nowMs - answer.askedAtMs > answerLimitMs) return { kind: "hold", subject, reason: "it was not asked lately" };
  const observedAt = new Date(answer.askedAtMs).toISOString();
  if (answer.addresses.length === 0) {
    return {
      ...{ kind: "raise", subject, severity: "low" },
      text: `${name} has no address: a random name below it is not known`,
      action: `Make a record for ${name} in your DNS, or take it out of the policy (advice.wildcardName).`,
      evidence: [{ name: "wildcard_name", value: name, observedAt }],
    };
  }
  const answered = answer.addresses.map((address) => address.toLowerCase());
  const pointsAt = answered.map((address) => ({ address, owner: ownerOf(address, view) }));
  const bad = pointsAt.flatMap(({ address, owner }) => {
    const why = owner === undefined ? undefined : troubleOf(owner, nowMs);
    return owner === undefined || why === undefined ? [] : [{ address, owner, why }];
  });
  const isOfNodes = pointsAt.some(({ owner }) => owner?.kind === "node");
  const lacking = isOfNodes ? nodes.filter((node) => isSteady(node, nowMs) && !isAnswered(node, answered)) : [];
  const gone = bad.flatMap(({ address, owner }) => (owner.kind === "gone" ? [formerAddressEvidence(address, owner.former)] : []));
  const evidence: readonly Evidence[] = [
    { name: "wildcard_name", value: name, observedAt },
    { name: "addresses", value: answered.join(", "), observedAt },
  ];
  const lack = inWords(lacking.map((node) => node.name));
  if (bad.length > 0) {
    const wrong = bad.map(({ address, why }) => `${address} (${why})`).join(", ");
    return {
      ...{ kind: "raise", subject, evidence: [...evidence, ...gone] },
      text: `${name} points at ${wrong}${lacking.length === 0 ? "" : `, and lacks ${lack}`}: some requests go nowhere`,
      measure: { name: "addresses_that_lead_nowhere", level: bad.length },
      action: `Take ${inWords(bad.map(({ address }) => address))} out of the record${lacking.length === 0 ? "" : `, and put the addresses of ${lack} in`}.`,
    };
  }
  if (lacking.length > 0) {
    return {
      ...{ kind: "raise", subject, severity: "low", evidence },
      text: `${name} lacks ${lack}, which ${lacking.length === 1 ? "is" : "are"} ready`,
      action: `Put the addresses of ${lack} into the record, if requests may go there.`,
    };
  }
  return { kind: "clear", subject };
}

/** Whose address it is, or was. */
type Owner = { readonly kind: "node"; readonly node: ClusterNode } | { readonly kind: "gone"; readonly former: FormerAddress };

function ownerOf(address: string, { nodes, formerAddresses }: ClusterRuleView): Owner | undefined {
  const node = nodes.find((each) => nodeAddresses(each).includes(address));
  if (node !== undefined) return { kind: "node", node };
  const former = formerAddresses.get(address);
  return former === undefined ? undefined : { kind: "gone", former };
}

/** Undefined: none, or not for long enough. */
function troubleOf(owner: Owner, nowMs: number): string | undefined {
  if (owner.kind === "gone") {
    const { node, goneSinceMs } = owner.former;
    return nowMs - goneSinceMs < steadyMs ? undefined : `${node}, which is no node any more or has another address`;
  }
  const since = readySinceMs(owner.node);
  if (isReady(owner.node) || since === undefined || nowMs - since < steadyMs) return undefined;
  return `${owner.node.name}, not ready since ${new Date(since).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** Ready for a while, and nobody took it out of service. */
function isSteady(node: ClusterNode, nowMs: number): boolean {
  const since = readySinceMs(node);
  return !node.isCordoned && isReady(node) && since !== undefined && nowMs - since >= steadyMs && nodeAddresses(node).length > 0;
}

function isAnswered(node: ClusterNode, answered: readonly string[]): boolean {
  return nodeAddresses(node).some((address) => answered.includes(address));
}

/** Since when it is ready or not, as it is now. */
function readySinceMs(node: ClusterNode): number | undefined {
  return conditionOf(node, "Ready")?.lastTransitionAtMs;
}
