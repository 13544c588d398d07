/** What a JSON Patch of a Node is put together from: it is done on the very version that was seen, or not at all. */
import type { JsonPatchOperation } from "../../clients/kubernetes/object-kind.ts";
import type { ClusterNode } from "../../state/cluster/cluster-node.ts";
import { type Ledger, ledgerAnnotation, ledgerText } from "./ledger.ts";

/** Who writes labels, annotations and taints, for ever: the API server remembers it with each of them. */
export const fieldManager = "nodekeeper";

/** The patch holds for this version of this Node only; to be the first of its operations. */
export function onlyAsSeen({
  uid,
  resourceVersion,
}: Pick<ClusterNode, "uid" | "resourceVersion">): readonly JsonPatchOperation[] {
  return [
    { op: "test", path: "/metadata/uid", value: uid },
    { op: "test", path: "/metadata/resourceVersion", value: resourceVersion },
  ];
}

/** Writes the ledger of a domain; none where it is written so already. */
export function ledgerOperations(
  { annotations }: Pick<ClusterNode, "annotations">,
  domain: string,
  ledger: Ledger,
): readonly JsonPatchOperation[] {
  const key = ledgerAnnotation(domain);
  const path = annotationPath(key);
  const before = annotations[key];
  const after = ledgerText(ledger);
  if (before === after) return [];
  if (after === undefined) return [{ op: "remove", path }];
  const isFirst = Object.keys(annotations).length === 0;
  return [...(isFirst ? [noAnnotations] : []), { op: "add", path, value: after }];
}

/** Where a label lies. */
export function labelPath(key: string): string {
  return `/metadata/labels/${escapedPointer(key)}`;
}

/** Where an annotation lies. */
export function annotationPath(key: string): string {
  return `/metadata/annotations/${escapedPointer(key)}`;
}

/** A Node without annotations has no place to put one. */
const noAnnotations: JsonPatchOperation = { op: "add", path: "/metadata/annotations", value: {} };

/** A name as a part of a path (RFC 6901). */
export function escapedPointer(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}
