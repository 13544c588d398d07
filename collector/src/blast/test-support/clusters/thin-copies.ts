/** Copies that failed, are out of reach, are being built, or were never more than one. */
import { aDisk, aNode } from "../../../longhorn/test-support/made-longhorn.ts";
import type { ClusterInit, Expected } from "../cluster-init.ts";
import { longhornOn, server, silent, worker } from "../parts.ts";

export const thinCopies: ClusterInit = {
  title: "thin copies",
  nodes: [server("one"), worker("two"), worker("three", silent), worker("four")],
  longhorn: {
    nodes: [
      ...["one", "two", "three"].map(longhornOn),
      aNode("four", {}, [aDisk("root", {}, { uuid: "four/root", isReady: false, maximumBytes: 0, availableBytes: 0 })]),
    ],
    volumes: [
      // Attached: Longhorn noted that the copy on the silent node is behind.
      { name: "v-behind", of: "a/behind", replicaCount: 2, on: ["two/root"], failedOn: ["three/root"], attachedTo: "one" },
      // Detached, and so not known to be behind: it is whole as far as anybody knows, and out of reach.
      { name: "v-away", of: "a/away", replicaCount: 2, on: ["two/root", "three/root"], state: "detached", robustness: "unknown" },
      // On a disk that is not ready, and which therefore names no replicas any more.
      {
        name: "v-notready",
        of: "a/notready",
        replicaCount: 2,
        on: ["two/root", "four/root"],
        state: "detached",
        robustness: "unknown",
      },
      { name: "v-building", of: "a/building", replicaCount: 2, on: ["two/root"], builtOn: ["one/root"], attachedTo: "one" },
      {
        name: "v-single",
        of: "a/single",
        usedBy: ["ReplicaSet/app-7d4b9c8f6d"],
        replicaCount: 1,
        on: ["two/root"],
        attachedTo: "two",
      },
      { name: "v-strict", of: "a/strict", replicaCount: 1, on: ["two/root"], attachedTo: "two", dataLocality: "strict-local" },
      { name: "v-faulted", of: "a/faulted", replicaCount: 1, failedOn: ["two/root"], robustness: "faulted", state: "detached" },
      { name: "v-fine", of: "a/fine", replicaCount: 2, on: ["one/root", "two/root"], state: "detached", robustness: "unknown" },
      { name: "v-new", of: "a/new", replicaCount: 2, state: "creating", robustness: "unknown" },
    ],
  },
  pods: [{ on: "two", name: "a/app-1", owner: "Deployment app", claims: ["single", "fine"] }],
};

export const thinCopiesExpected: readonly Expected[] = [
  {
    ask: ["two"],
    lost: ["behind", "building", "faulted", "single", "strict"].map((name) => `volume-lost a/${name}`),
    outage: ["volume-lost a/away", "volume-lost a/notready", "workload-stuck a/app"],
    degraded: ["volume-degraded a/fine"],
    texts: {
      "volume-lost a/behind": "its last whole copy is here; what is left on three has failed and is behind",
      "volume-lost a/away": "stands still: its only other whole copy is on three, which cannot be reached now",
      "volume-lost a/notready": "stands still: its only other whole copy is on four, which cannot be reached now",
      "volume-lost a/single": "its only replica is here; ReplicaSet/app-7d4b9c8f6d uses it",
      "volume-lost a/faulted": "is faulted now, and what could be salvaged of it lies nowhere else",
      "workload-stuck a/app": "stands still: its volume a/single is lost",
    },
    next: [
      "kubectl -n longhorn-system get volumes.longhorn.io v-building",
      `kubectl -n longhorn-system patch volumes.longhorn.io v-single --type json -p '[{"op":"add","path":"/spec/numberOfReplicas","value":2}]'`,
      "kubectl -n longhorn-system describe volumes.longhorn.io v-behind v-strict v-faulted",
      "kubectl -n longhorn-system get nodes.longhorn.io",
      "kubectl cordon two",
      "kubectl drain two --ignore-daemonsets --delete-emptydir-data",
    ],
  },
  // A disk that Longhorn alone knows, since no agent reports.
  {
    ask: ["two", "root"],
    lost: ["behind", "building", "faulted", "single", "strict"].map((name) => `volume-lost a/${name}`),
    outage: ["volume-lost a/away", "volume-lost a/notready", "workload-stuck a/app"],
    degraded: ["volume-degraded a/fine"],
    unknown: ["which drive stands behind it: no agent was heard of from this node; only what Longhorn keeps on it is counted"],
  },
  // A failed copy and one that nobody reaches: the whole ones are elsewhere.
  { ask: ["three"], degraded: ["volume-degraded a/away"] },
  { ask: ["four"], degraded: ["volume-degraded a/notready"] },
];
