/** The list of this folder: what is looked at in a cluster besides its nodes. A test holds the two together. */
import type { ClusterRule } from "../../evaluate/cluster-rule.ts";
import { backupJobFailing } from "./backup-job-failing.ts";
import { backupTargetUnavailable } from "./backup-target-unavailable.ts";
import { backupWayDown } from "./backup-way-down.ts";
import { etcdOnTailnet } from "./etcd-on-tailnet.ts";
import { etcdQuorum } from "./etcd-quorum.ts";
import { flannelOffTailnet } from "./flannel-off-tailnet.ts";
import { kubernetesVersionSkew } from "./kubernetes-version-skew.ts";
import { longhornDiskUnmounted } from "./longhorn-disk-unmounted.ts";
import { longhornDiskUuidConflict } from "./longhorn-disk-uuid-conflict.ts";
import { longhornHealthContradiction } from "./longhorn-health-contradiction.ts";
import { longhornSelectorUnmeetable } from "./longhorn-selector-unmeetable.ts";
import { nodeAddressOffTailnet } from "./node-address-off-tailnet.ts";
import { nodeMachineReplaced } from "./node-machine-replaced.ts";
import { tailscalePathAsymmetric } from "./tailscale-path-asymmetric.ts";
import { volumeBackupOld } from "./volume-backup-old.ts";
import { wildcardDns } from "./wildcard-dns.ts";

/** Every rule about the cluster. */
export const clusterRules: readonly ClusterRule[] = [
  backupJobFailing,
  backupTargetUnavailable,
  backupWayDown,
  etcdOnTailnet,
  etcdQuorum,
  flannelOffTailnet,
  kubernetesVersionSkew,
  longhornDiskUnmounted,
  longhornDiskUuidConflict,
  longhornHealthContradiction,
  longhornSelectorUnmeetable,
  nodeAddressOffTailnet,
  nodeMachineReplaced,
  tailscalePathAsymmetric,
  volumeBackupOld,
  wildcardDns,
];
