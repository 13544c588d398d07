/** What only this node can reach: the way to the backups, by its label and by the Deployments that the policy names. */
import { inWords } from "@nodekeeper/shared";
import type { BlastItem } from "@nodekeeper/shared/api";
import { isReady } from "../../state/cluster/node-conditions.ts";
import type { Death } from "../death/death.ts";
import type { Pod } from "../objects/pod.ts";
import type { Picture, Read } from "../picture.ts";
import { details, type Judgement, nothing } from "./judgement.ts";

/** How it is with the way to the backups. */
export function judgeSingleAddress(picture: Picture, death: Death): Judgement {
  if (!death.takesNode) return nothing;
  const { nodes, node, clusterNode, backupWay } = picture;
  const items: BlastItem[] = [];
  const unknown: string[] = [];
  const isGateway = (labels: Readonly<Record<string, string>>): boolean => labels[backupWay.label] === "true";
  if (clusterNode !== undefined && isGateway(clusterNode.labels) && nodes.kind === "read") {
    const others = nodes.value.filter((one) => one.name !== node && isGateway(one.labels) && isReady(one));
    if (others.length === 0) {
      items.push({
        ...{ kind: "single-address", severity: "outage", name: "backup gateway" },
        text: `${node} is the only way to the backups: none is made while it is away, and none can be read`,
        detail: details({ label: `${backupWay.label}=true` }),
      });
    }
  }
  for (const [name, pods] of backupWay.deployments) {
    if (pods.kind === "failed") unknown.push(`where ${name} runs, through which the backups go: ${pods.reason}`);
    else if (isOnlyOn(pods, node)) {
      items.push({
        ...{ kind: "single-address", severity: "outage", name },
        text: `the backups go through it, and it runs only here`,
        detail: details({ pods: inWords(pods.value.map((pod) => pod.name)) }),
      });
    }
  }
  return { items, unknown };
}

/** Whether it runs on this node, and is ready on no other. */
function isOnlyOn(pods: Extract<Read<readonly Pod[]>, { kind: "read" }>, node: string): boolean {
  const alive = pods.value.filter(({ isFinished }) => !isFinished);
  return alive.some((pod) => pod.node === node) && !alive.some((pod) => pod.node !== node && pod.isReady);
}
