/** The start-up taint of a Node, which its kubelet registered it with, and whether we took it away once in this life of the Node. */
import type { ClusterNode } from "../../state/cluster/cluster-node.ts";
import type { LedgerEntry, Seen } from "../reconciler.ts";
import { isPaused } from "../support/is-paused.ts";
import { nameOfKey } from "../support/label-syntax.ts";
import { otherLedgers, readLedger } from "../support/ledger.ts";
import { startupTaint } from "../support/startup-taint-key.ts";
import { taintText } from "../taints/see-taints.ts";

/** A Node and its start-up taint, the one item; of other domains one that we took away before ours was changed. */
export interface StartedNode extends Seen {
  readonly node: ClusterNode;
  readonly domain: string;
}

/** Name of the reconciler, and of its part of the ledger. */
export const startupName = "startup-taint";

/** Looks. An entry of the ledger wrote nothing in the place of what was there: it remembers that it was done. */
export function seeStartup(node: ClusterNode, domain: string): StartedNode {
  const { uid, resourceVersion, isCordoned, annotations, taints } = node;
  const { problem } = readLedger(annotations, domain);
  const item = startupTaint(domain);
  const live = taints.filter(({ key }) => key === item).map(taintText);
  const ledger = new Map([domain, ...otherLedgers(annotations, domain)].flatMap((each) => [...startupEntries(node, each)]));
  const items = new Map(live.length === 0 ? [] : [[item, { value: live.join(","), owner: "foreign" as const, others: [] }]]);
  return { node, domain, uid, resourceVersion, isCordoned, isPaused: isPaused(annotations, domain), items, ledger, problem };
}

/** What the ledger of a domain says of it, by its whole key. */
function startupEntries({ annotations }: Pick<ClusterNode, "annotations">, domain: string): ReadonlyMap<string, LedgerEntry> {
  const item = startupTaint(domain);
  const entry = readLedger(annotations, domain).ledger.get(startupName)?.get(nameOfKey(item));
  return new Map(entry === undefined ? [] : [[item, entry]]);
}
