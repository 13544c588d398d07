/** Who wrote what on a Node, as the API server noted it with each field (metadata.managedFields). */
import type { ClusterNode } from "../../state/cluster/cluster-node.ts";
import type { LedgerEntry, SeenItem } from "../reconciler.ts";
import { fieldManager } from "./node-patch.ts";

/** Who keeps what we gave up, so that it is somebody's: a label that nobody holds would go with us. */
export const keeperManager = "nodekeeper-kept";

/** Keys of labels or annotations that a field manager holds by server-side apply. */
export function claimsOf(
  { managers }: Pick<ClusterNode, "managers">,
  kind: "labels" | "annotations",
  name: string = fieldManager,
): ReadonlySet<string> {
  const own = managers.filter((each) => each.name === name && each.operation === "Apply" && each.subresource === "");
  return new Set(own.flatMap((each) => each[kind]));
}

/** What is known of who wrote a label. */
export interface LabelTraces {
  readonly node: ClusterNode;
  /** Of ours. */
  readonly claims: ReadonlySet<string>;
  readonly entry: LedgerEntry | undefined;
}

/**
 * Whose a label is. Where nobody is noted for it (managedFields can be wiped) the ledger says it, as long as the value is the one that it tells of;
 * then also the writer whom the API server makes up afterwards is nobody.
 */
export function ownerOf(key: string, value: string, { node, claims, entry }: LabelTraces): Pick<SeenItem, "owner" | "others"> {
  const isNoted = entry?.wrote === value;
  const others = node.managers
    .filter(({ name, labels }) => labels.includes(key) && name !== fieldManager && !(isNoted && name === madeUpManager))
    .map(({ name, atMs }) => ({ manager: name, atMs }));
  if (!claims.has(key) && !isNoted) return { owner: "foreign", others };
  return { owner: others.every(isKeeper) ? "ours" : "shared", others };
}

/** Whether we wrote a label and gave it up: it is nobody's else, and ours again when it is wanted. */
export function isKept({ owner, others }: Pick<SeenItem, "owner" | "others">): boolean {
  return owner === "foreign" && others.length > 0 && others.every(isKeeper);
}

/** Whether we wrote an annotation that is there, or nobody knows any more who did. */
export function isNotOfOthers({ managers }: Pick<ClusterNode, "managers">, key: string): boolean {
  const writers = managers.filter((each) => each.annotations.includes(key)).map(({ name }) => name);
  return writers.includes(fieldManager) || writers.every((name) => name === madeUpManager);
}

/** It owns all that was there when a Node without managedFields is applied to. */
const madeUpManager = "before-first-apply";

function isKeeper({ manager }: SeenItem["others"][number]): boolean {
  return manager === keeperManager;
}
