/** The admission policy that holds the collector to its own labels, taints and conditions: the one of the manifests, in force. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseAllDocuments } from "yaml";
import { repositoryRoot } from "../architecture/sources.ts";
import type { ClusterApi, KubernetesObject } from "./cluster-api.ts";
import { createNode } from "./cluster-objects.ts";

/** Policy and binding, as deploy/ has them. */
export async function nodeFence(): Promise<readonly KubernetesObject[]> {
  const text = await readFile(join(repositoryRoot, "deploy/collector/node-fence.yaml"), "utf8");
  return parseAllDocuments(text).map((document) => document.toJS() as KubernetesObject); // the API server checks it
}

/** Applies them and waits until they are in force: the API server looks for new ones once a second. `collector` asks as the collector's account. */
export async function setUpNodeFence(admin: ClusterApi, collector: ClusterApi): Promise<void> {
  await admin.apply(...(await nodeFence()));
  const { metadata } = await createNode(admin, "fence-check");
  const path = `/api/v1/nodes/${metadata.name}`;
  const isRefused = async (): Promise<boolean> => {
    const patch = { metadata: { labels: { foreign: "label" } } };
    const { status } = await collector.ask("PATCH", `${path}?dryRun=All`, patch, "application/merge-patch+json");
    return status !== 200;
  };
  for (let waitedMs = 0; !(await isRefused()); waitedMs += pollMs) {
    if (waitedMs > inForceLimitMs) throw new Error("the admission policy is not in force");
    await sleep(pollMs);
  }
  await admin.delete(path);
}

const pollMs = 50;
const inForceLimitMs = 30_000;
