/** The labels of a Node that are ours or could be, and whose they are. */
import type { ClusterNode } from "../../state/cluster/cluster-node.ts";
import type { LedgerEntry, Seen, SeenItem } from "../reconciler.ts";
import { isPaused } from "../support/is-paused.ts";
import { domainOfKey } from "../support/label-syntax.ts";
import { type Ledger, ledgerAnnotation, otherLedgers, readLedger } from "../support/ledger.ts";
import { claimsOf, isNotOfOthers, ownerOf } from "../support/ownership.ts";

/** A Node and its labels. Items are whole keys: all of the domain, and of other domains those that are ours from before it was changed. */
export interface LabelledNode extends Seen {
  readonly node: ClusterNode;
  readonly domain: string;
  /** Keys that we hold by server-side apply: what of them is left out of the next one goes. */
  readonly claims: ReadonlySet<string>;
}

/** Name of the reconciler, and of its part of the ledger. */
export const labelsName = "node-labels";

/** Looks. */
export function seeLabels(node: ClusterNode, domain: string): LabelledNode {
  const { labels, annotations } = node;
  const claims = claimsOf(node, "labels");
  const { ledger: present, problem } = readLedger(annotations, domain);
  const former = formerDomains(node, domain).flatMap((each) => [...labelEntries(readLedger(annotations, each).ledger, each)]);
  const ledger = new Map([...labelEntries(present, domain), ...former]);
  const keys = Object.keys(labels).filter((key) => domainOfKey(key) === domain || claims.has(key) || ledger.has(key));
  return {
    ...{ node, domain, claims, ledger },
    uid: node.uid,
    resourceVersion: node.resourceVersion,
    isCordoned: node.isCordoned,
    isPaused: isPaused(annotations, domain),
    items: new Map(keys.flatMap((key) => seenItem(node, key, claims, ledger.get(key)))),
    problem:
      problem === undefined
        ? undefined
        : `${problem}: what we own is told from who wrote it, and what was there before us is not known`,
  };
}

/** Keys that are ours to change or to give up: what we hold or share, and what the ledger tells of though somebody changed or removed it. */
export function ownKeys({ items, ledger }: Pick<Seen, "items" | "ledger">): ReadonlySet<string> {
  const held = [...items].filter(([, { owner }]) => owner !== "foreign").map(([key]) => key);
  return new Set([...held, ...ledger.keys()]);
}

/** What the ledger of a domain says of labels, by whole keys. */
export function labelEntries(ledger: Ledger, domain: string): ReadonlyMap<string, LedgerEntry> {
  return new Map([...(ledger.get(labelsName) ?? [])].map(([name, entry]) => [`${domain}/${name}`, entry]));
}

/** Other domains of which a ledger that we wrote lies on the object. */
function formerDomains(node: ClusterNode, domain: string): readonly string[] {
  return otherLedgers(node.annotations, domain).filter((each) => isNotOfOthers(node, ledgerAnnotation(each)));
}

function seenItem(
  node: ClusterNode,
  key: string,
  claims: ReadonlySet<string>,
  entry: LedgerEntry | undefined,
): readonly (readonly [string, SeenItem])[] {
  const value = node.labels[key];
  return value === undefined ? [] : [[key, { value, ...ownerOf(key, value, { node, claims, entry }) }]];
}
