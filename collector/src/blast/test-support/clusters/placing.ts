/** Work that can go elsewhere, and work that cannot, for every reason that a scheduler has. */
import type { ClusterInit, Expected } from "../cluster-init.ts";
import { only, server, silent, worker } from "../parts.ts";

const gpuTaint = { key: "gpu", value: "yes", effect: "NoSchedule" };
const inLabels = (key: string, ...values: readonly string[]): object => ({ key, operator: "In", values });

export const placing: ClusterInit = {
  title: "placing",
  nodes: [
    server("s1", undefined, { taints: [{ key: "control", value: "", effect: "NoSchedule" }] }),
    worker("w1", { labels: { gpu: "big", zone: "a" } }),
    worker("w2", { labels: { gpu: "big", zone: "b" }, taints: [gpuTaint] }),
    worker("w3", { labels: { zone: "a" }, isCordoned: true }),
    worker("w4", { labels: { zone: "c" }, ...silent }),
    worker("w5", { labels: { zone: "d" } }),
  ],
  pods: [
    { on: "w1", name: "z/pinned-1", owner: "Deployment pinned", ...only("w1") },
    { on: "w1", name: "z/gpu-1", owner: "Deployment gpu", selector: { gpu: "big" } },
    {
      on: "w1",
      name: "z/gpu-ok-1",
      owner: "Deployment gpu-ok",
      selector: { gpu: "big" },
      tolerations: [{ key: "gpu", operator: "Exists" }],
    },
    { on: "w1", name: "z/cordoned-1", owner: "Deployment cordoned", affinity: [inLabels("zone", "a", "c")] },
    { on: "w1", name: "z/nowhere-1", owner: "Deployment nowhere", affinity: [inLabels("zone", "x")] },
    { on: "w1", name: "z/not-here-1", owner: "Deployment not-here", affinity: [{ key: "gpu", operator: "DoesNotExist" }] },
    { on: "w1", name: "z/bare" },
    { on: "w1", name: "z/state-0", owner: "StatefulSet state" },
    { on: "w1", name: "z/for-ever-1", owner: "Deployment for-ever", tolerations: [{ operator: "Exists" }] },
    { on: "w1", name: "z/apart-1", owner: "Deployment apart", isApart: true },
    { on: "w1", name: "z/everywhere-1", owner: "DaemonSet everywhere" },
    { on: "w1", name: "z/driver-1", owner: "DaemonSet driver", selector: { gpu: "big" } },
    { on: "w1", name: "z/job-1", owner: "Job job", apiVersion: "batch/v1" },
    { on: "w1", name: "z/done-1", owner: "Job done", apiVersion: "batch/v1", phase: "Succeeded" },
    { on: "w1", name: "z/bound-1", owner: "Deployment bound", claims: ["bound"] },
  ],
  volumes: [{ name: "pv-bound", claim: "z/bound", on: ["w1", "w4"], folder: "/shared/bound" }],
};

export const placingExpected: readonly Expected[] = [
  {
    ask: ["w1"],
    lost: ["local-claim-lost z/bound"],
    outage: [
      ...["bare", "bound", "cordoned", "driver", "gpu", "nowhere", "pinned"].map((name) => `workload-stuck z/${name}`),
      ...["for-ever", "state"].map((name) => `workload-moves z/${name}`),
    ],
    moves: ["apart", "gpu-ok", "job", "not-here"].map((name) => `workload-moves z/${name}`),
    texts: {
      "workload-stuck z/pinned": "can run nowhere else: its nodeSelector asks for kubernetes.io/hostname=w1",
      "workload-stuck z/gpu": "can run nowhere else: it does not tolerate the taint gpu=yes:NoSchedule of w2",
      "workload-moves z/gpu-ok": "comes back on w2",
      "workload-stuck z/cordoned":
        "can run nowhere else: of the other nodes that it may run on w3 is cordoned and w4 is not ready",
      "workload-stuck z/nowhere": "can run nowhere else: its node affinity fits no other node",
      "workload-moves z/not-here": "comes back on w5 5 min after the node fell silent",
      "workload-stuck z/bare": "can run nowhere else: no controller makes this pod again",
      "workload-stuck z/driver": "runs on no other node: it does not tolerate the taint gpu=yes:NoSchedule of w2",
      "workload-moves z/for-ever":
        "could run on s1, w2 or w5, but comes back only with somebody's help: it tolerates a silent node for ever",
      "workload-moves z/state":
        "could run on w5, but comes back only with somebody's help: a StatefulSet replaces no pod on a silent node before that is deleted (kubectl delete pod --force)",
      "workload-moves z/apart": "comes back on w5, where its rules about other pods let it 5 min after the node fell silent",
    },
  },
];
