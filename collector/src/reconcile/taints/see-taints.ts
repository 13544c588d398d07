/** The taints of a Node, and which of them are ours by the ledger. */
import type { ClusterNode, NodeTaint } from "../../state/cluster/cluster-node.ts";
import type { LedgerEntry, Seen, SeenItem } from "../reconciler.ts";
import { isPaused } from "../support/is-paused.ts";
import { domainOfKey } from "../support/label-syntax.ts";
import { otherLedgers, readLedger } from "../support/ledger.ts";
import { startupTaint } from "../support/startup-taint-key.ts";

/** A Node and its taints. Items are whole keys: all of the domain, and of other domains those that are ours from before it was changed. */
export interface TaintedNode extends Seen {
  readonly node: ClusterNode;
  readonly domain: string;
}

/** Name of the reconciler, and of its part of the ledger. */
export const taintsName = "node-taints";

/** Looks. */
export function seeTaints(node: ClusterNode, domain: string): TaintedNode {
  const ledger = new Map([domain, ...otherLedgers(node.annotations, domain)].flatMap((each) => [...taintEntries(node, each)]));
  const { uid, resourceVersion, isCordoned, annotations } = node;
  const { problem } = readLedger(annotations, domain);
  return {
    node,
    domain,
    uid,
    resourceVersion,
    isCordoned,
    isPaused: isPaused(annotations, domain),
    items: seenItems(node, domain, ledger),
    ledger,
    problem,
  };
}

/** What the ledger of a domain says of taints, by whole keys. */
export function taintEntries(
  { annotations }: Pick<ClusterNode, "annotations">,
  domain: string,
): ReadonlyMap<string, LedgerEntry> {
  const entries = readLedger(annotations, domain).ledger.get(taintsName) ?? [];
  return new Map([...entries].map(([name, entry]) => [`${domain}/${name}`, entry]));
}

/** As kubectl writes it behind the key: "true:NoSchedule", ":NoSchedule". */
export function taintText({ value, effect }: Pick<NodeTaint, "value" | "effect">): string {
  return `${value}:${effect}`;
}

/** The taint of a key that such a text says; undefined where it says none that we may set: NoExecute evicts what runs. */
export function taintOf(key: string, text: string): NodeTaint | undefined {
  const [, value = "", effect = ""] = /^([^:]*):(NoSchedule|PreferNoSchedule)$/.exec(text) ?? [];
  return effect === "" ? undefined : { key, value, effect };
}

/** One key may stand there several times with other effects; ours is the one that we wrote. */
function seenItems(
  { taints }: ClusterNode,
  domain: string,
  ledger: ReadonlyMap<string, LedgerEntry>,
): ReadonlyMap<string, SeenItem> {
  const items = new Map<string, SeenItem>();
  for (const { key, ...taint } of taints) {
    // The start-up taint has a reconciler of its own.
    if ((domainOfKey(key) !== domain || key === startupTaint(domain)) && !ledger.has(key)) continue;
    const value = taintText(taint);
    const isOurs = ledger.get(key)?.wrote === value;
    if (isOurs || !items.has(key)) items.set(key, { value, owner: isOurs ? "ours" : "foreign", others: [] });
  }
  return items;
}
