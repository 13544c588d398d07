/**
 * What a Node says to Longhorn about the disks and tags that it shall begin with: one label and two annotations of Longhorn's, and one annotation of
 * ours, which remembers that Longhorn had disks there. What of it is ours the ledger says.
 */
import type { ClusterNode } from "../../state/cluster/cluster-node.ts";
import type { LedgerEntry, Seen, SeenItem } from "../reconciler.ts";
import { isPaused } from "../support/is-paused.ts";
import { nameOfKey } from "../support/label-syntax.ts";
import { otherLedgers, readLedger } from "../support/ledger.ts";
import { fieldManager } from "../support/node-patch.ts";

/** A Node and its defaults for Longhorn. Items are whole keys. */
export interface DefaultedNode extends Seen {
  readonly node: ClusterNode;
  readonly domain: string;
  /** By item the domain in whose ledger it stands: ours was another. */
  readonly notedIn: ReadonlyMap<string, string>;
}

/** Name of the reconciler, and of its part of the ledger. */
export const defaultsName = "longhorn-defaults";

/** Longhorn's label: "config" lets it take the disks of the annotation (longhorn-manager, types.go). */
export const diskLabel = "node.longhorn.io/create-default-disk";
/** Longhorn's annotation: the disks, as a list in JSON. It takes all of them or none, and only where it has no disk on the node. */
export const disksAnnotation = "node.longhorn.io/default-disks-config";
/** Longhorn's annotation: tags of the node, as a list in JSON. It takes them whenever its node has no tag. */
export const tagsAnnotation = "node.longhorn.io/default-node-tags";

/**
 * Ours, by the domain: uid of the node of Longhorn that had disks here. Who takes all of them away means it: that one is given none again. Written by
 * somebody else, with any text, none is.
 */
export function hadDisksAnnotation(domain: string): string {
  return `${domain}/${hadDisks}`;
}

/** Looks. */
export function seeDefaults(node: ClusterNode, domain: string): DefaultedNode {
  const { uid, resourceVersion, isCordoned, annotations } = node;
  const ledger = new Map<string, LedgerEntry>();
  const notedIn = new Map<string, string>();
  for (const each of [domain, ...otherLedgers(annotations, domain)]) {
    for (const [name, entry] of readLedger(annotations, each).ledger.get(defaultsName) ?? []) {
      const item = itemOf(name, each);
      if (item === undefined || ledger.has(item)) continue;
      ledger.set(item, entry);
      notedIn.set(item, each);
    }
  }
  const items = new Map(
    [...longhornKeys, hadDisksAnnotation(domain), ...ledger.keys()].flatMap((key) => seenItem(node, key, ledger)),
  );
  const { problem } = readLedger(annotations, domain);
  return {
    node,
    domain,
    notedIn,
    uid,
    resourceVersion,
    isCordoned,
    isPaused: isPaused(annotations, domain),
    items,
    ledger,
    problem,
  };
}

/** Whether it is a label; all others are annotations. */
export function isLabel(item: string): boolean {
  return item === diskLabel;
}

const longhornKeys: readonly string[] = [diskLabel, disksAnnotation, tagsAnnotation];
const hadDisks = "longhorn-had-disks";

/** Anybody may have written the ledger: it names these and nothing else. */
function itemOf(name: string, domain: string): string | undefined {
  return name === hadDisks ? hadDisksAnnotation(domain) : longhornKeys.find((key) => nameOfKey(key) === name);
}

function seenItem(
  { labels, annotations, managers }: ClusterNode,
  key: string,
  ledger: ReadonlyMap<string, LedgerEntry>,
): readonly (readonly [string, SeenItem])[] {
  const value = (isLabel(key) ? labels : annotations)[key];
  if (value === undefined) return [];
  const others = managers
    .filter((each) => each.name !== fieldManager && each[isLabel(key) ? "labels" : "annotations"].includes(key))
    .map(({ name: manager, atMs }) => ({ manager, atMs }));
  return [[key, { value, owner: ledger.get(key)?.wrote === value ? "ours" : "foreign", others }]];
}
