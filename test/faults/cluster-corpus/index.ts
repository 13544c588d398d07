/** The list of this folder. A test holds the two together. */
import type { ClusterFault } from "../cluster-fault.ts";
import { backupsSilent } from "./backups-silent.ts";
import { etcdDownToOne } from "./etcd-down-to-one.ts";

/** Every fault of a cluster. */
export const clusterFaults: readonly ClusterFault[] = [backupsSilent, etcdDownToOne];
