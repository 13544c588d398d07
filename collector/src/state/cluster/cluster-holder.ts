/** What the cluster says of its Nodes, with its own freshness; beside the state of what agents say. Filled by ingest/cluster, read by everybody. */
import type { ClusterNode } from "./cluster-node.ts";

/** How much is known of the cluster's Nodes. */
export type ClusterKnowledge =
  /** Never listed completely since this process started: a Node that is not here may be there. */
  | { readonly kind: "unknown"; readonly problem: string | undefined }
  /** Listed completely, and followed since. */
  | { readonly kind: "known"; readonly listedAtMs: number; readonly heardAtMs: number; readonly problem: string | undefined };

/** What is seen of the cluster. */
export interface ClusterView {
  readonly knowledge: ClusterKnowledge;
  node(name: string): ClusterNode | undefined;
  /** The array is a snapshot. */
  nodes(): readonly ClusterNode[];
  /** The cluster's version, e.g. v1.33.6+k3s1; undefined until it said so. */
  readonly version: string | undefined;
  /** Calls the listener at most once per turn of the event loop, with the names of the Nodes that came, went or changed since its last call. */
  subscribe(listener: (changedNodes: readonly string[]) => void): Disposable;
}

/** The same for its only writer. */
export interface ClusterHolder extends ClusterView {
  /** A complete list: whatever is not in it is gone. */
  replaceAll(nodes: readonly ClusterNode[], atMs: number): void;
  put(node: ClusterNode, atMs: number): void;
  remove(name: string, atMs: number): void;
  /** The API server spoke, though nothing changed. */
  heard(atMs: number): void;
  setVersion(version: string): void;
  /** Why nothing can be heard now; undefined: it can. */
  setProblem(problem: string | undefined): void;
}
