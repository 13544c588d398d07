/** A cluster with a large Longhorn, as the benchmark follows it. */
import type { KubernetesClient } from "../../../collector/src/clients/kubernetes/kubernetes-client.ts";

/** How large. */
export interface LonghornSize {
  readonly nodes: number;
  readonly volumes: number;
  readonly replicas: number;
}

/** One that is there. */
export interface LonghornCluster extends AsyncDisposable {
  readonly client: Pick<KubernetesClient, "listKinds" | "listObjects" | "watchObjects">;
  /** Of a node's disk, as Longhorn writes it when 100 MiB came or went. */
  setAvailable(node: number, bytes: number): Promise<void>;
  /** What was asked for since a time, e.g. "list nodes". */
  requestsSince(atMs: number): Promise<readonly string[]>;
}
