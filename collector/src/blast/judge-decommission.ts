/**
 * What must be done, in order, before a node may be taken away for good: Longhorn's own order (cordon and drain, stop scheduling and evict, wait until
 * no replica is left, delete the Node, then Longhorn's), with what else lives on a node in its place. Pure.
 */
import type { Decommission } from "@nodekeeper/shared/api";
import { backups, etcd, localClaims } from "./decommission/cluster-steps.ts";
import { nodeDeleted, nodePassword, retired, stopped } from "./decommission/leaving-steps.ts";
import { longhornNodeDeleted, longhornSteps } from "./decommission/longhorn-steps.ts";
import { cordoned, drained } from "./decommission/work-steps.ts";
import type { Picture } from "./picture.ts";

/** What else is asked. */
export interface DecommissionNeeds {
  readonly longhornNamespace: string;
  /** Whether the node holds a credential of an agent. */
  readonly hasCredential: boolean;
}

/** Steps after which nothing that is on the node is needed any more. */
const safety: ReadonlySet<string> = new Set([
  ...["drained", "longhorn-scheduling-off", "replicas-elsewhere", "local-claims-gone", "etcd-majority", "backups-elsewhere"],
]);

/** The checklist. */
export function judgeDecommission(picture: Picture, needs: DecommissionNeeds): Decommission {
  const found = [
    cordoned(picture),
    drained(picture),
    ...longhornSteps(picture, needs.longhornNamespace),
    localClaims(picture),
    etcd(picture),
    backups(picture),
    stopped(picture),
    retired(picture, needs.hasCredential),
    nodeDeleted(picture),
    ...longhornNodeDeleted(picture, needs.longhornNamespace),
    ...nodePassword(picture),
  ];
  const firstUndone = found.findIndex(({ is, name }) => is === "undone" || (is === "unknown" && safety.has(name)));
  const steps = found.map(({ is, ...step }, index) => {
    const state = is === "undone" ? (index === firstUndone ? ("next" as const) : ("later" as const)) : is;
    return { ...step, state };
  });
  const unseen = found.filter(({ is, name }) => is === "unknown" && safety.has(name)).map(({ text }) => text);
  return {
    node: picture.node,
    at: new Date(picture.nowMs).toISOString(),
    isSafe: picture.stale.length === 0 && found.every(({ is, name }) => is === "done" || !safety.has(name)),
    steps,
    unknown: [...picture.stale, ...unseen],
  };
}
