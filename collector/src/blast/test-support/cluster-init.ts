/** A cluster as tests write it down: short, and with what the API server would have said made of it. */
import type { VolumeInit } from "../../longhorn/test-support/made-longhorn.ts";
import type { ClusterNode } from "../../state/cluster/cluster-node.ts";
import type { LonghornNode } from "../../state/longhorn/longhorn-node.ts";
import type { NodeState } from "../../state/node-state.ts";

/** The whole of it. */
export interface ClusterInit {
  /** What it is, in a sentence. */
  readonly title: string;
  /** Undefined: they were not listed. */
  readonly nodes: readonly ClusterNode[] | undefined;
  /** Why they are not followed any more. */
  readonly silentSince?: string;
  /** Undefined: not installed; a text: why it is not known. */
  readonly longhorn?: LonghornParts | string;
  /** A text: why they cannot be read. */
  readonly pods?: readonly PodInit[] | string;
  readonly volumes?: readonly VolumeOnNode[] | string;
  readonly agents?: readonly NodeState[];
  /** Of the policy. */
  readonly backupDeployments?: readonly string[];
}

/** Longhorn. */
export interface LonghornParts {
  readonly nodes: readonly LonghornNode[];
  readonly volumes: readonly CopiedVolume[];
  readonly settings?: Readonly<Record<string, string>>;
}

/** A volume with its copies: whole ones on `on`, failed ones and ones that are being built elsewhere; each as "node/disk". */
export interface CopiedVolume extends VolumeInit {
  /** "namespace/name". */
  readonly of?: string;
  readonly usedBy?: readonly string[];
  readonly failedOn?: readonly string[];
  readonly builtOn?: readonly string[];
}

/** A pod on a node. The owner is "Kind name", of a Deployment without the ReplicaSet between. */
export interface PodInit {
  readonly on: string;
  /** "namespace/name". */
  readonly name: string;
  readonly owner?: string;
  readonly apiVersion?: string;
  readonly phase?: string;
  readonly selector?: Readonly<Record<string, string>>;
  /** nodeAffinity, required: expressions of one term. */
  readonly affinity?: readonly object[];
  readonly isApart?: boolean;
  readonly tolerations?: readonly object[];
  readonly claims?: readonly string[];
  readonly folders?: readonly string[];
}

/** A PersistentVolume; on a node where it has a folder or names nodes. */
export interface VolumeOnNode {
  readonly name: string;
  readonly claim?: string;
  readonly phase?: string;
  /** Names of nodes; undefined: it does not say. */
  readonly on?: readonly string[];
  /** As hostPath, or with `isLocal` as local. */
  readonly folder?: string;
  readonly isLocal?: boolean;
  /** Several nodes may attach it at a time. */
  readonly isShared?: boolean;
  readonly driver?: string;
  /** Default: kubernetes.io/hostname. */
  readonly key?: string;
}

/** What one question must be answered with, all of it in order. Items are "kind name". */
export interface Expected {
  /** A node; a node and a disk; or a disk alone. */
  readonly ask: readonly [name: string, disk?: string];
  readonly lost?: readonly string[];
  readonly outage?: readonly string[];
  readonly degraded?: readonly string[];
  readonly moves?: readonly string[];
  readonly unknown?: readonly string[];
  /** Commands; undefined: not looked at. */
  readonly next?: readonly string[];
  /** Sentences of items, by "kind name". */
  readonly texts?: Readonly<Record<string, string>>;
}
