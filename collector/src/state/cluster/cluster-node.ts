/**
 * A Node of Kubernetes as far as we look at it, read tolerantly from what the API server said (core/v1 Node). Everything that could be left out of
 * ten thousand of them is left out.
 */

/** One Node. */
export interface ClusterNode {
  readonly name: string;
  /** Another one under the same name is another Node: whatever was written on the one before is gone. */
  readonly uid: string;
  /** Changes with every write of anybody. */
  readonly resourceVersion: string;
  readonly createdAtMs: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** spec.unschedulable: cordoned, which is maintenance. */
  readonly isCordoned: boolean;
  readonly taints: readonly NodeTaint[];
  readonly conditions: readonly NodeCondition[];
  /** InternalIP, ExternalIP, Hostname … */
  readonly addresses: readonly { readonly type: string; readonly address: string }[];
  /** status.nodeInfo; empty texts where the kubelet did not say. */
  readonly info: { readonly machineId: string; readonly bootId: string; readonly kubeletVersion: string };
  /** Who wrote which of the labels, annotations and conditions; from metadata.managedFields. */
  readonly managers: readonly FieldManager[];
}

/** A taint; `value` is empty where it has none. */
export interface NodeTaint {
  readonly key: string;
  readonly value: string;
  readonly effect: string;
}

/** A condition of a Node. */
export interface NodeCondition {
  readonly type: string;
  /** True, False, Unknown. */
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly lastHeartbeatAtMs: number | undefined;
  readonly lastTransitionAtMs: number | undefined;
}

/** What one writer owns. */
export interface FieldManager {
  readonly name: string;
  /** Apply is server-side apply; Update is everything else. */
  readonly operation: "Apply" | "Update";
  /** "status", or empty. */
  readonly subresource: string;
  readonly atMs: number | undefined;
  readonly labels: readonly string[];
  readonly annotations: readonly string[];
  /** Types. */
  readonly conditions: readonly string[];
}
