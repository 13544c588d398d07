/** The cluster that nodekeeper is made for: two servers, an agent with a GPU, a Raspberry Pi, and a workstation outside. */
import type { ClusterInit, Expected } from "../cluster-init.ts";
import { aMachine } from "../machines.ts";
import { longhornOn, nodesOwn, only, server, worker } from "../parts.ts";

const names = ["neko", "neko2", "panther", "bobcat"];
const nvme = { model: "Example NVMe 512", partitions: ["nvme0n1p1", "nvme0n1p2"] };
const root = { disks: { nvme0n1: nvme }, mounts: { "/": "nvme0n1p2", "/boot/efi": "nvme0n1p1" } };
const storage = "/var/lib/rancher/k3s/storage";
const longhornDisk = (node: string) => ({ longhornDisks: { "/var/lib/longhorn": `${node}/root` } });

export const home: ClusterInit = {
  title: "the home cluster",
  nodes: [
    server("neko", undefined, { labels: { "nodekeeper.example/backup-gateway": "true" } }),
    server("neko2"),
    worker("panther"),
    worker("bobcat"),
  ],
  longhorn: {
    nodes: names.map(longhornOn),
    volumes: [
      { name: "pvc-pg", of: "databases/postgres", on: ["neko/root", "neko2/root", "panther/root"], attachedTo: "neko2" },
      { name: "pvc-ak", of: "authentik/authentik-db", on: ["neko/root", "neko2/root", "panther/root"], attachedTo: "neko" },
      { name: "pvc-ow", of: "open-webui/open-webui", on: ["neko/root", "panther/root", "bobcat/root"], attachedTo: "panther" },
      { name: "pvc-vw", of: "vaultwarden/data", on: ["neko/root", "neko2/root", "bobcat/root"], attachedTo: "neko2" },
      {
        name: "pvc-jf",
        of: "media/jellyfin-config",
        replicaCount: 2,
        on: ["panther/root", "bobcat/root"],
        attachedTo: "panther",
      },
      { name: "pvc-pr", of: "monitoring/prometheus", replicaCount: 2, on: ["neko/root", "panther/root"], attachedTo: "neko" },
      { name: "pvc-gr", of: "monitoring/grafana", replicaCount: 2, on: ["neko2/root", "bobcat/root"], attachedTo: "bobcat" },
      {
        ...{ name: "pvc-lo", of: "monitoring/loki", replicaCount: 2, robustness: "degraded", attachedTo: "neko" },
        ...{ on: ["neko/root"], failedOn: ["neko2/root"] },
      },
      // Several nodes may use it at a time.
      { name: "pvc-ph", of: "photos/shared", replicaCount: 2, on: ["neko2/root", "bobcat/root"], attachedTo: "bobcat" },
      {
        ...{ name: "pvc-pl", of: "paperless/data", replicaCount: 2, state: "detached", robustness: "unknown" },
        on: ["neko2/root", "bobcat/root"],
      },
    ],
  },
  pods: [
    ...names.flatMap(nodesOwn),
    { on: "neko", name: "backups/nfs-proxy-1", owner: "Deployment nfs-proxy", ...only("neko"), claims: ["nfs-cache"] },
    { on: "neko", name: "argocd/argocd-server-1", owner: "Deployment argocd-server" },
    { on: "neko", name: "authentik/authentik-db-0", owner: "StatefulSet authentik-db", claims: ["authentik-db"] },
    { on: "neko", name: "monitoring/prometheus-0", owner: "StatefulSet prometheus", claims: ["prometheus"] },
    { on: "neko", name: "monitoring/loki-0", owner: "StatefulSet loki", claims: ["loki"] },
    { on: "neko2", name: "databases/postgres-0", owner: "StatefulSet postgres", claims: ["postgres"] },
    { on: "neko2", name: "vaultwarden/vaultwarden-1", owner: "Deployment vaultwarden", claims: ["data"] },
    { on: "neko2", name: "kube-system/traefik-1", owner: "Deployment traefik" },
    {
      on: "panther",
      name: "media/jellyfin-1",
      owner: "Deployment jellyfin",
      ...only("panther"),
      claims: ["jellyfin-config", "downloads"],
    },
    { on: "panther", name: "open-webui/open-webui-1", owner: "Deployment open-webui", claims: ["open-webui"] },
    {
      on: "bobcat",
      name: "home/home-assistant-1",
      owner: "Deployment home-assistant",
      ...only("bobcat"),
      claims: ["home-assistant"],
    },
    { on: "bobcat", name: "photos/photos-1", owner: "Deployment photos", claims: ["shared"] },
    { on: "bobcat", name: "monitoring/grafana-1", owner: "Deployment grafana", claims: ["grafana"] },
  ],
  volumes: [
    { name: "pvc-ph", claim: "photos/shared", driver: "driver.longhorn.io", isShared: true },
    { name: "pvc-nc", claim: "backups/nfs-cache", on: ["neko"], folder: `${storage}/pvc-nc_backups_nfs-cache` },
    { name: "pvc-dl", claim: "media/downloads", on: ["panther"], folder: `${storage}/pvc-dl_media_downloads` },
    { name: "pvc-ha", claim: "home/home-assistant", on: ["bobcat"], folder: `${storage}/pvc-ha_home_home-assistant` },
  ],
  agents: [
    aMachine("neko", { ...root, ...longhornDisk("neko") }),
    aMachine("neko2", { ...root, ...longhornDisk("neko2") }),
    aMachine("panther", {
      ...{ disks: { sda: { serial: "S4EVNX0", partitions: ["sda1"] } }, mounts: { "/": "sda1" }, ...longhornDisk("panther") },
      models: ["granite4:3b"],
    }),
    aMachine("bobcat", { ...root, ...longhornDisk("bobcat") }),
    aMachine("siberian", { ...root, models: ["gpt-oss:20b", "qwen3:14b"] }),
  ],
  backupDeployments: ["backups/nfs-proxy"],
};

export const homeExpected: readonly Expected[] = [
  {
    ask: ["neko"],
    lost: ["volume-lost monitoring/loki", "local-claim-lost backups/nfs-cache"],
    outage: [
      ...["etcd etcd", "single-address backup gateway", "single-address backups/nfs-proxy"],
      ...["workload-stuck backups/nfs-proxy", "workload-stuck monitoring/loki"],
      ...["volume-detached authentik/authentik-db", "volume-detached monitoring/prometheus"],
      ...["workload-moves argocd/argocd-server", "workload-moves authentik/authentik-db", "workload-moves monitoring/prometheus"],
    ],
    degraded: [
      ...[
        "volume-degraded authentik/authentik-db",
        "volume-degraded databases/postgres",
        "volume-degraded monitoring/prometheus",
      ],
      ...["volume-degraded open-webui/open-webui", "volume-degraded vaultwarden/data"],
    ],
    texts: {
      "volume-lost monitoring/loki": "its last whole copy is here; what is left on neko2 has failed and is behind",
      "etcd etcd": "1 of 2 members would be left and 2 must be: the cluster's API stands still, and nothing is moved or changed",
      "volume-degraded databases/postgres": "goes on with 2 of 3 replicas (neko2 and panther)",
      "workload-moves argocd/argocd-server":
        "could run on bobcat, neko2 or panther, but nothing is moved without the cluster's API",
    },
    next: [
      "sudo k3s etcd-snapshot save --name before-neko",
      "kubectl -n longhorn-system describe volumes.longhorn.io pvc-lo",
      `ssh neko sudo tar -C ${storage}/pvc-nc_backups_nfs-cache -czf - . > backups_nfs-cache.tar.gz`,
      `kubectl -n longhorn-system patch nodes.longhorn.io neko --type json -p '[{"op":"add","path":"/spec/allowScheduling","value":false},{"op":"add","path":"/spec/evictionRequested","value":true}]'`,
      "kubectl -n longhorn-system get replicas.longhorn.io -l longhornnode=neko",
      "kubectl cordon neko",
      "kubectl drain neko --ignore-daemonsets --delete-emptydir-data",
    ],
  },
  {
    ask: ["neko2"],
    outage: [
      ...["etcd etcd", "volume-detached databases/postgres", "volume-detached vaultwarden/data"],
      ...["workload-moves databases/postgres", "workload-moves kube-system/traefik", "workload-moves vaultwarden/vaultwarden"],
    ],
    degraded: [
      ...["volume-degraded authentik/authentik-db", "volume-degraded databases/postgres", "volume-degraded monitoring/grafana"],
      ...["volume-degraded paperless/data", "volume-degraded photos/shared", "volume-degraded vaultwarden/data"],
    ],
  },
  {
    ask: ["panther"],
    lost: ["local-claim-lost media/downloads"],
    outage: ["workload-stuck media/jellyfin", "route-lost granite4:3b", "workload-moves open-webui/open-webui"],
    degraded: [
      ...[
        "volume-degraded authentik/authentik-db",
        "volume-degraded databases/postgres",
        "volume-degraded media/jellyfin-config",
      ],
      ...["volume-degraded monitoring/prometheus", "volume-degraded open-webui/open-webui"],
    ],
    moves: ["volume-detached media/jellyfin-config", "volume-detached open-webui/open-webui"],
    texts: {
      "workload-moves open-webui/open-webui":
        "could run on bobcat, neko or neko2, but comes back only with somebody's help: open-webui/open-webui stays attached to the silent node until the old pod is deleted (kubectl delete pod --force)",
    },
  },
  {
    ask: ["bobcat", "/dev/nvme0n1"],
    lost: ["local-claim-lost home/home-assistant"],
    outage: ["workload-stuck home/home-assistant", "workload-moves monitoring/grafana"],
    degraded: [
      ...["volume-degraded media/jellyfin-config", "volume-degraded monitoring/grafana", "volume-degraded open-webui/open-webui"],
      ...["volume-degraded paperless/data", "volume-degraded photos/shared", "volume-degraded vaultwarden/data"],
    ],
    moves: ["volume-detached monitoring/grafana", "volume-detached photos/shared", "workload-moves photos/photos"],
    next: [
      `ssh bobcat sudo tar -C ${storage}/pvc-ha_home_home-assistant -czf - . > home_home-assistant.tar.gz`,
      `kubectl -n longhorn-system patch nodes.longhorn.io bobcat --type json -p '[{"op":"add","path":"/spec/allowScheduling","value":false},{"op":"add","path":"/spec/evictionRequested","value":true}]'`,
      "kubectl -n longhorn-system get replicas.longhorn.io -l longhornnode=bobcat",
      `kubectl -n longhorn-system patch settings.longhorn.io node-down-pod-deletion-policy --type merge -p '{"value":"delete-both-statefulset-and-deployment-pod"}'`,
      "kubectl cordon bobcat",
      "kubectl drain bobcat --ignore-daemonsets --delete-emptydir-data",
    ],
  },
  // Nothing of the cluster is on it.
  { ask: ["siberian"], outage: ["route-lost gpt-oss:20b", "route-lost qwen3:14b"], next: [] },
];
