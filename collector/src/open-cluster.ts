/**
 * What the cluster has to do with the collector, if there is one: its agents are let in, its Nodes and Longhorn are
 * followed and written, and it may keep the vault and publish the authority.
 */
import { AppError, type Clock, type Logger } from "@nodekeeper/shared";
import type { KubernetesAccess } from "./clients/kubernetes/kubernetes-access.ts";
import { type KubernetesClient, openKubernetesClient } from "./clients/kubernetes/kubernetes-client.ts";
import type { KubernetesConfig, ObjectName } from "./config.ts";
import { type CaPublication, publishCa } from "./identity/cluster/ca-publication.ts";
import { type ClusterVerifier, createClusterVerifier } from "./identity/cluster/cluster-verifier.ts";
import { openVaultSecret, type VaultSecret } from "./identity/cluster/vault-secret.ts";
import { askAfterBackupJobs, type BackupJobs, type BackupJobsOptions } from "./ingest/cluster/backup-jobs.ts";
import { createLonghornFeed, type LonghornFeed } from "./ingest/cluster/longhorn-feed.ts";
import { createNodeFeed, type NodeFeed } from "./ingest/cluster/node-feed.ts";
import type { ClusterHolder } from "./state/cluster/cluster-holder.ts";
import type { LonghornHolder } from "./state/longhorn/create-longhorn-holder.ts";
import type { TlsSource } from "./tls/tls-source.ts";

/** A cluster. What it gives is disposed by whoever asked for it, before the cluster itself. */
export interface Cluster extends AsyncDisposable {
  /** With the collector's rights. */
  readonly client: KubernetesClient;
  createVerifier(): ClusterVerifier;
  openVault(at: ObjectName): Promise<VaultSecret>;
  publish(tls: TlsSource, at: ObjectName): CaPublication;
  /** Fills the holder with the cluster's Nodes, and goes on. */
  followNodes(holder: ClusterHolder): NodeFeed;
  /** Fills the holder with what Longhorn has, where it is installed, and goes on. */
  followLonghorn(holder: LonghornHolder): LonghornFeed;
  /** Asks after what backups depend on, by the names that are wanted, and goes on. */
  followBackups(wanted: BackupJobsOptions["wanted"]): BackupJobs;
}

/** What it needs. */
export interface ClusterOptions {
  readonly config: KubernetesConfig;
  /** How a pod reaches the cluster; undefined: this is no pod. */
  readonly pod: KubernetesAccess | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/** Undefined where there is no cluster or none is wanted. Nothing is asked of it yet. Throws CONFIG_INVALID. */
export async function openCluster({ config, pod, ...needs }: ClusterOptions): Promise<Cluster | undefined> {
  const access = accessOf(config, pod);
  if (access === undefined) return undefined;
  const client = await openKubernetesClient(access, needs.clock, needs.random);
  return {
    client,
    createVerifier: () =>
      createClusterVerifier({ client, audience: config.audience, serviceAccount: config.agentServiceAccount, ...needs }),
    openVault: (at) => openVaultSecret({ client, at, ...needs }),
    publish: (tls, at) =>
      publishCa({ client, at, certificates: () => tls.current.caCertificates, onChanged: tls.onChanged, ...needs }),
    followNodes: (holder) => createNodeFeed({ client, holder, ...needs }),
    followLonghorn: (holder) => createLonghornFeed({ client, namespace: config.longhornNamespace, holder, ...needs }),
    followBackups: (wanted) => askAfterBackupJobs({ client, wanted, ...needs }),
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  };
}

function accessOf({ mode, kubeconfig }: KubernetesConfig, pod: KubernetesAccess | undefined): KubernetesAccess | undefined {
  if (mode === "off") return undefined;
  if (kubeconfig !== undefined) return { kind: "kubeconfig", file: kubeconfig };
  if (pod === undefined && mode === "on")
    throw new AppError("CONFIG_INVALID", "--kubernetes is on, and this is no pod of a cluster: name a --kubeconfig");
  return pod;
}
