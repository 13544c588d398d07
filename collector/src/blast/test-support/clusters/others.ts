/** Small ones: a single server, an API that lets nothing be read, five members of which one is down, a way to the backups with two doors. */
import type { ClusterInit, Expected } from "../cluster-init.ts";
import { aMachine } from "../machines.ts";
import { longhornOn, server, worker } from "../parts.ts";

export const singleServer: ClusterInit = {
  title: "one server on SQLite",
  nodes: [worker("only", { labels: { "node-role.kubernetes.io/control-plane": "true" } })],
  pods: [{ on: "only", name: "q/app-1", owner: "Deployment app" }],
};

export const singleServerExpected: readonly Expected[] = [
  {
    ask: ["only"],
    outage: ["etcd API server", "workload-stuck q/app"],
    texts: { "workload-stuck q/app": "can run nowhere else: there is no other node" },
  },
];

export const unreadable: ClusterInit = {
  title: "an API that lets nothing be read",
  nodes: [server("u1"), worker("u2")],
  longhorn: "volumes is forbidden",
  pods: "pods is forbidden",
  volumes: "persistentvolumes is forbidden",
  backupDeployments: ["backups/proxy"],
};

export const unreadableExpected: readonly Expected[] = [
  {
    ask: ["u2"],
    unknown: [
      "Longhorn's volumes: volumes is forbidden",
      "local volumes: persistentvolumes is forbidden",
      "pods on u2: pods is forbidden",
      "where backups/proxy runs, through which the backups go: pods is forbidden",
    ],
    next: [],
  },
];

export const silentApi: ClusterInit = {
  title: "a cluster whose Nodes were never listed",
  nodes: undefined,
  longhorn: { nodes: ["n1", "n2"].map(longhornOn), volumes: [{ name: "v", of: "r/v", replicaCount: 1, on: ["n1/root"] }] },
  pods: [{ on: "n1", name: "r/app-1", owner: "Deployment app" }],
  agents: [aMachine("n1", { models: ["m"] }), aMachine("n2", { models: ["m"] })],
};

export const silentApiExpected: readonly Expected[] = [
  {
    ask: ["n1"],
    lost: ["volume-lost r/v"],
    moves: ["route-lost Ollama on n1"],
    unknown: [
      "the cluster's Nodes: the API server does not answer",
      "where local volumes lie: the API server does not answer",
      "where else what runs on n1 could run: the API server does not answer",
    ],
  },
];

export const lastWord: ClusterInit = {
  title: "an API server that fell silent",
  nodes: [server("n1"), server("n2"), server("n3")],
  silentSince: "the API server does not answer",
  longhorn: { nodes: ["n1", "n2"].map(longhornOn), volumes: [{ name: "v", of: "r/v", replicaCount: 1, on: ["n1/root"] }] },
  pods: "the API server does not answer",
  volumes: "the API server does not answer",
};

export const lastWordExpected: readonly Expected[] = [
  {
    ask: ["n1"],
    lost: ["volume-lost r/v"],
    degraded: ["etcd etcd"],
    unknown: [
      "the cluster's Nodes since 2026-11-22T12:00:00.000Z: the API server does not answer",
      "local volumes: the API server does not answer",
      "pods on n1: the API server does not answer",
    ],
  },
];

const gateway = { "nodekeeper.example/backup-gateway": "true" };

export const fiveMembers: ClusterInit = {
  title: "five members of which one is down, and two doors to the backups",
  nodes: [
    ...["a", "b"].map((name) => server(name, undefined, { labels: gateway })),
    ...["c", "d"].map((name) => server(name)),
    server("e", "Unhealthy"),
  ],
  pods: [
    { on: "a", name: "backups/proxy-1", owner: "Deployment proxy" },
    { on: "b", name: "backups/proxy-2", owner: "Deployment proxy" },
    { on: "c", name: "backups/other-1", owner: "Deployment other" },
  ],
  backupDeployments: ["backups/proxy", "backups/other"],
};

export const fiveMembersExpected: readonly Expected[] = [
  {
    ask: ["a"],
    degraded: ["etcd etcd"],
    moves: ["workload-moves backups/proxy"],
    texts: { "etcd etcd": "goes on with 3 of 5 members (b, c and d), and bears no further loss" },
  },
  { ask: ["c"], outage: ["single-address backups/other"], degraded: ["etcd etcd"], moves: ["workload-moves backups/other"] },
  // It is down already: its death changes nothing of the majority but what is said of it.
  { ask: ["e"], degraded: ["etcd etcd"] },
];
