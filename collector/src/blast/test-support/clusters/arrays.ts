/** A storage machine: the system on a mirror, Longhorn on a disk of its own, claims on a logical volume over two more. */
import { aDisk, aNode } from "../../../longhorn/test-support/made-longhorn.ts";
import type { ClusterInit, Expected } from "../cluster-init.ts";
import { aMachine } from "../machines.ts";
import { longhornOn, only, server, worker } from "../parts.ts";

export const arrays: ClusterInit = {
  title: "a storage machine",
  nodes: [server("s1"), worker("vault")],
  longhorn: {
    nodes: [
      longhornOn("s1"),
      aNode("vault", {}, [aDisk("big", { path: "/srv/longhorn" }), aDisk("lvm", { path: "/srv/lvm/longhorn" })]),
    ],
    volumes: [
      { name: "v1", of: "x/both", replicaCount: 2, on: ["s1/root", "vault/big"], attachedTo: "s1" },
      { name: "v2", of: "x/lonely", replicaCount: 1, on: ["vault/lvm"], attachedTo: "vault" },
    ],
  },
  pods: [
    { on: "vault", name: "x/files-1", owner: "Deployment files", ...only("vault"), claims: ["lonely", "folder"] },
    { on: "vault", name: "x/photos-1", owner: "Deployment photos", folders: ["/srv/lvm/photos"] },
    { on: "vault", name: "x/web-1", owner: "Deployment web" },
  ],
  volumes: [{ name: "pv-folder", claim: "x/folder", on: ["vault"], folder: "/srv/lvm/claims/folder", isLocal: true }],
  agents: [
    aMachine("vault", {
      disks: {
        sda: { partitions: ["sda1", "sda2"] },
        sdb: { partitions: ["sdb1", "sdb2"] },
        md0: { slaves: ["sda2", "sdb2"], raid: { level: "raid1", members: ["sda2", "sdb2"] } },
        sdc: {},
        sdd: {},
        sde: {},
        "dm-0": { slaves: ["sdd", "sde"] },
      },
      mounts: { "/": "md0", "/boot": "sda1", "/srv/longhorn": "sdc", "/srv/lvm": "dm-0" },
      longhornDisks: { "/srv/longhorn": "vault/big", "/srv/lvm/longhorn": "vault/lvm" },
    }),
  ],
};

const lostWithLvm = {
  lost: ["volume-lost x/lonely", "local-claim-lost x/folder"],
  outage: ["workload-stuck x/files", "workload-stuck x/photos"],
  texts: { "workload-stuck x/photos": "stands still: its folder /srv/lvm/photos is on it" },
};

export const arraysExpected: readonly Expected[] = [
  { ask: ["vault", "sda"] }, // half of the mirror
  { ask: ["vault", "sdc"], degraded: ["volume-degraded x/both"] },
  { ask: ["vault", "sdd"], ...lostWithLvm },
  { ask: ["vault", "id-sde"], ...lostWithLvm },
  {
    ask: ["vault", "md0"],
    outage: [...["volume-lost x/lonely", "workload-stuck x/files"]],
    degraded: ["volume-degraded x/both"],
    moves: ["workload-moves x/photos", "workload-moves x/web"],
    texts: {
      "workload-moves x/photos": "comes back on s1, without what is in /srv/lvm/photos here, 5 min after the node fell silent",
      "volume-lost x/lonely": "stands still until vault runs again: its last whole copy is on another disk of it",
    },
  },
  // Longhorn's disk over two drives is itself the target: either of them would take it along.
  {
    ask: ["vault", "lvm"],
    lost: ["volume-lost x/lonely"],
    outage: ["workload-stuck x/files"],
    unknown: [
      "which drive stands behind it: there are several (id-sdd, id-sde); only what Longhorn keeps on it is counted",
      "whether x/folder lies on it (/srv/lvm/claims/folder)",
    ],
  },
];
