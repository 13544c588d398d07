/** A PersistentVolume (core/v1) whose data lie on a node: a folder or device of it, or what a driver bound to one. */
import { type Fields, fieldsAt, textAt } from "@nodekeeper/shared";
import type { ClusterNode } from "../../state/cluster/cluster-node.ts";
import { choosesNode, type NodeTerm, requiredTerms } from "./node-terms.ts";

/** One of them. */
export interface LocalVolume {
  readonly name: string;
  /** "namespace/name" of the claim that it is bound to, or was; undefined: nobody claimed it. */
  readonly claim: string | undefined;
  /** Available, Bound, Released, Failed. */
  readonly phase: string;
  /** On the node; undefined where a driver keeps the data. */
  readonly folder: string | undefined;
  /** Of the driver; undefined for a folder. */
  readonly driver: string | undefined;
  /** Which nodes reach it; undefined: it does not say. */
  readonly terms: readonly NodeTerm[] | undefined;
  /** As it says, e.g. 20Gi. */
  readonly size: string;
}

/** Keys by which drivers name a single node, besides kubernetes.io/hostname: topology.topolvm.io/node, openebs.io/nodename … */
const keyOfNode = /(^|[./])(host|hostname|node|nodename|node-name)$/i;

/** Reads one; undefined for a volume that all nodes reach, such as Longhorn's or NFS. */
export function localVolumeOf(object: Fields): LocalVolume | undefined {
  const metadata = fieldsAt(object, "metadata");
  const spec = fieldsAt(object, "spec");
  const folder = textAt(fieldsAt(spec, "local"), "path") ?? textAt(fieldsAt(spec, "hostPath"), "path");
  const terms = requiredTerms(fieldsAt(spec, "nodeAffinity"), "required");
  if (folder === undefined && (terms === undefined || !terms.every(namesNodes))) return undefined;
  return {
    name: textAt(metadata, "name") ?? "",
    claim: claimOfVolume(spec),
    phase: textAt(fieldsAt(object, "status"), "phase") ?? "",
    folder,
    driver: folder === undefined ? (textAt(fieldsAt(spec, "csi"), "driver") ?? "") : undefined,
    terms,
    size: textAt(fieldsAt(spec, "capacity"), "storage") ?? "",
  };
}

/** The claim of a volume that several nodes may attach at a time, as "namespace/name"; undefined for every other. */
export function sharedClaimOf(object: Fields): string | undefined {
  const spec = fieldsAt(object, "spec");
  const { accessModes } = spec;
  const isShared = Array.isArray(accessModes) && accessModes.some((mode) => mode === "ReadWriteMany" || mode === "ReadOnlyMany");
  return isShared ? claimOfVolume(spec) : undefined;
}

/** Where its data may be: the names of the nodes that reach it, of those that there are; undefined where it does not say. */
export function nodesOfVolume({ terms }: LocalVolume, nodes: readonly ClusterNode[]): readonly string[] | undefined {
  return terms === undefined ? undefined : nodes.filter((node) => choosesNode(terms, node)).map(({ name }) => name);
}

function namesNodes({ labels, fields }: NodeTerm): boolean {
  return fields.length > 0 || labels.some(({ key }) => keyOfNode.test(key));
}

function claimOfVolume(spec: Fields): string | undefined {
  const claim = fieldsAt(spec, "claimRef");
  const name = textAt(claim, "name");
  return name === undefined ? undefined : `${textAt(claim, "namespace") ?? ""}/${name}`;
}
