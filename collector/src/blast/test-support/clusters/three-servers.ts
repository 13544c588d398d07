/** Three servers and two workers with a second disk each for Longhorn: the loss of any one is borne. */
import { aDisk, aNode } from "../../../longhorn/test-support/made-longhorn.ts";
import type { ClusterInit, Expected } from "../cluster-init.ts";
import { aMachine } from "../machines.ts";
import { nodesOwn, server, worker } from "../parts.ts";

const names = ["ash", "beech", "cedar", "elm", "fir"];
const machine = (name: string) =>
  aMachine(name, {
    disks: { sda: { partitions: ["sda1"] }, nvme0n1: { serial: `SN-${name}` } },
    mounts: { "/": "sda1", "/mnt/data": "nvme0n1" },
    longhornDisks: { "/mnt/data": `${name}/data` },
  });

export const threeServers: ClusterInit = {
  title: "three servers and two workers",
  nodes: [server("ash"), server("beech"), server("cedar"), worker("elm"), worker("fir")],
  longhorn: {
    nodes: names.map((name) => aNode(name, {}, [aDisk("data", { path: "/mnt/data" })])),
    volumes: [
      { name: "pvc-a", of: "shop/db", on: ["ash/data", "beech/data", "cedar/data"], attachedTo: "ash" },
      { name: "pvc-b", of: "shop/files", on: ["beech/data", "elm/data", "fir/data"], attachedTo: "elm" },
      { name: "pvc-c", replicaCount: 2, on: ["cedar/data", "fir/data"], state: "detached" },
    ],
    settings: { "node-down-pod-deletion-policy": "delete-both-statefulset-and-deployment-pod" },
  },
  pods: [
    ...names.flatMap(nodesOwn),
    { on: "ash", name: "shop/db-0", owner: "StatefulSet db", claims: ["db"] },
    { on: "elm", name: "shop/web-1", owner: "Deployment web", claims: ["files"] },
    { on: "elm", name: "shop/web-2", owner: "Deployment web", claims: ["files"] },
  ],
  agents: names.map(machine),
};

export const threeServersExpected: readonly Expected[] = [
  {
    ask: ["ash"],
    degraded: ["etcd etcd", "volume-degraded shop/db"],
    // Longhorn was told to delete pods of StatefulSets on silent nodes.
    moves: ["volume-detached shop/db", "workload-moves shop/db"],
    texts: { "etcd etcd": "goes on with 2 of 3 members (beech and cedar), and bears no further loss" },
  },
  { ask: ["fir"], degraded: ["volume-degraded pvc-c", "volume-degraded shop/files"] },
  { ask: ["elm"], degraded: ["volume-degraded shop/files"], moves: ["volume-detached shop/files", "workload-moves shop/web"] },
  {
    ask: ["elm", "nvme0n1"],
    degraded: ["volume-degraded shop/files"],
    next: [
      `kubectl -n longhorn-system patch nodes.longhorn.io elm --type json -p '[{"op":"add","path":"/spec/disks/data/allowScheduling","value":false},{"op":"add","path":"/spec/disks/data/evictionRequested","value":true}]'`,
      "kubectl -n longhorn-system get replicas.longhorn.io -l 'longhorndiskuuid in (elm/data)'",
    ],
  },
  // By its serial number alone; and the system's disk takes the node along, not what lies on the other disk.
  { ask: ["SN-fir"], degraded: ["volume-degraded pvc-c", "volume-degraded shop/files"] },
  {
    ask: ["ash", "sda1"],
    degraded: ["etcd etcd", "volume-degraded shop/db"],
    moves: ["volume-detached shop/db", "workload-moves shop/db"],
  },
];
