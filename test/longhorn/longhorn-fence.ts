/** The admission policy that holds the collector to tags and switches of Longhorn's nodes: the one of the manifests, in force. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseAllDocuments } from "yaml";
import { repositoryRoot } from "../architecture/sources.ts";
import type { ClusterApi, KubernetesObject } from "../kubernetes/cluster-api.ts";
import { longhornPath } from "./longhorn-crds.ts";

/** Policy and binding, as deploy/ has them. */
export async function longhornFence(): Promise<readonly KubernetesObject[]> {
  const text = await readFile(join(repositoryRoot, "deploy/collector/longhorn/longhorn-fence.yaml"), "utf8");
  return parseAllDocuments(text).map((document) => document.toJS() as KubernetesObject); // the API server checks it
}

/** Applies them and waits until they are in force on a node of Longhorn that there is. `collector` asks as the collector's account. */
export async function setUpLonghornFence(admin: ClusterApi, collector: ClusterApi, node: string): Promise<void> {
  await admin.apply(...(await longhornFence()));
  const isRefused = async (): Promise<boolean> => {
    const patch = { metadata: { annotations: { foreign: "annotation" } } };
    const path = `${longhornPath("nodes", node)}?dryRun=All`;
    const { status } = await collector.ask("PATCH", path, patch, "application/merge-patch+json");
    return status === 422;
  };
  for (let waitedMs = 0; !(await isRefused()); waitedMs += pollMs) {
    if (waitedMs > inForceLimitMs) throw new Error("the admission policy is not in force");
    await sleep(pollMs);
  }
}

const pollMs = 50;
const inForceLimitMs = 30_000;
