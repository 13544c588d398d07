/** All that would break, the gravest first. Pure. */
import type { Blast, BlastItem } from "@nodekeeper/shared/api";
import { nextSteps } from "./advice/next-steps.ts";
import type { Death } from "./death/death.ts";
import { judgeEtcd } from "./judges/etcd.ts";
import { judgeLocalClaims } from "./judges/local-claims.ts";
import { judgeRoutes } from "./judges/routes.ts";
import { judgeSingleAddress } from "./judges/single-address.ts";
import { judgeVolumes } from "./judges/volumes.ts";
import { judgeWorkloads } from "./judges/workloads.ts";
import type { Picture } from "./picture.ts";

const severities: readonly BlastItem["severity"][] = ["lost", "outage", "degraded", "moves"];
const kinds: readonly BlastItem["kind"][] = [
  ...(["etcd", "volume-lost", "local-claim-lost", "single-address", "workload-stuck", "route-lost"] as const),
  ...(["volume-degraded", "volume-detached", "workload-moves"] as const),
];

/** What a death would break. `longhornNamespace` is for the commands. */
export function judgeBlast(picture: Picture, death: Death, longhornNamespace: string): Blast {
  const etcd = judgeEtcd(picture, death);
  const volumes = judgeVolumes(picture, death, etcd.isApiLost);
  const local = judgeLocalClaims(picture, death);
  const claims = new Map([...volumes.brokenClaims, ...local.lost.map(({ claim = "" }) => [claim, "is lost"] as const)]);
  const workloads = judgeWorkloads(picture, death, { isApiLost: etcd.isApiLost, claims });
  const judgements = [etcd, volumes, local, workloads, judgeRoutes(picture, death), judgeSingleAddress(picture, death)];
  const items = judgements.flatMap((one) => one.items).sort(byGravity);
  const count = (severity: BlastItem["severity"]): number => items.filter((item) => item.severity === severity).length;
  return {
    target: death.target,
    at: new Date(picture.nowMs).toISOString(),
    items,
    counts: { lost: count("lost"), outage: count("outage"), degraded: count("degraded"), moves: count("moves") },
    unknown: [
      ...(picture.nodes.kind === "failed" ? [`the cluster's Nodes: ${picture.nodes.reason}`] : []),
      ...picture.stale,
      ...death.unknown,
      ...judgements.flatMap((one) => one.unknown),
    ],
    next: [...nextSteps(picture, death, { items, lostVolumes: volumes.lost, lostLocals: local.lost, longhornNamespace })],
  };
}

function byGravity(a: BlastItem, b: BlastItem): number {
  return (
    severities.indexOf(a.severity) - severities.indexOf(b.severity) ||
    kinds.indexOf(a.kind) - kinds.indexOf(b.kind) ||
    a.name.localeCompare(b.name, "en")
  );
}
