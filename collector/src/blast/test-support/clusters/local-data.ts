/** Data on nodes in all the ways that there are. */
import type { ClusterInit, Expected } from "../cluster-init.ts";
import { aMachine } from "../machines.ts";
import { server, worker } from "../parts.ts";

export const localData: ClusterInit = {
  title: "data on nodes",
  nodes: [server("s"), worker("w1", { labels: { "topology.topolvm.io/node": "w1" } }), worker("w2")],
  pods: [
    { on: "w1", name: "y/by-hand-0", owner: "StatefulSet by-hand", claims: ["by-hand"] },
    { on: "w1", name: "y/wide-1", owner: "Deployment wide", claims: ["wide"] },
    { on: "w1", name: "y/once-1", owner: "Deployment once", claims: ["path"] },
  ],
  volumes: [
    { name: "pv-path", claim: "y/path", on: ["w1"], folder: "/data/claims/path" },
    { name: "pv-root", claim: "y/root", on: ["w1"], folder: "/opt/root" },
    { name: "pv-driver", claim: "y/driver", on: ["w1"], driver: "topolvm.io", key: "topology.topolvm.io/node" },
    { name: "pv-zone", claim: "y/zone", on: ["z1"], driver: "ebs.csi.aws.com", key: "topology.ebs.csi.aws.com/zone" },
    { name: "pv-kept", claim: "y/kept", phase: "Released", on: ["w1"], folder: "/data/claims/kept" },
    { name: "pv-free", on: ["w1"], folder: "/data/free" },
    { name: "pv-wide", claim: "y/wide", on: ["w1", "w2"], folder: "/shared" },
    { name: "pv-by-hand", claim: "y/by-hand", folder: "/data/by-hand" },
    { name: "pv-nowhere", claim: "y/nowhere", folder: "/data/nowhere" },
    // A window to a share: it goes on living there.
    { name: "pv-share", claim: "y/share", on: ["w1"], folder: "/mnt/nas/share" },
    { name: "pv-other", claim: "y/other", on: ["w2"], folder: "/data/other" },
  ],
  agents: [
    aMachine("w1", {
      disks: { sda: { partitions: ["sda1"] }, sdb: {} },
      mounts: { "/": "sda1", "/data": "sdb", "/shared": "nas", "/mnt/nas": "nas:/export" },
    }),
  ],
};

export const localDataExpected: readonly Expected[] = [
  {
    ask: ["w1", "sdb"],
    lost: ["by-hand", "kept", "path"].map((name) => `local-claim-lost y/${name}`),
    outage: ["workload-stuck y/by-hand", "workload-stuck y/once"],
    unknown: ["whether y/driver lies on it (topolvm.io)", "on which node the data of y/nowhere lie: the volume does not say"],
    next: ["by-hand", "kept", "path"].map((name) => {
      const folder = name === "by-hand" ? "/data/by-hand" : `/data/claims/${name}`;
      return `ssh w1 sudo tar -C ${folder} -czf - . > y_${name}.tar.gz`;
    }),
  },
  {
    ask: ["w1"],
    lost: ["by-hand", "driver", "kept", "path", "root", "wide"].map((name) => `local-claim-lost y/${name}`),
    outage: ["by-hand", "once", "wide"].map((name) => `workload-stuck y/${name}`),
    unknown: ["on which node the data of y/nowhere lie: the volume does not say"],
  },
  {
    ask: ["w2"],
    lost: ["local-claim-lost y/other"],
    unknown: ["on which node the data of y/by-hand and y/nowhere lie: the volume does not say"],
  },
];
