/** Where the collector keeps keys and hashes of credentials: in a file of its data folder, or in a Secret of the cluster. */
import { join } from "node:path";
import { AppError, type Clock, type Logger } from "@nodekeeper/shared";
import type { CollectorConfig } from "./config.ts";
import { awaitVault } from "./identity/cluster/await-vault.ts";
import type { VaultSecret } from "./identity/cluster/vault-secret.ts";
import { openVaultFile, type VaultFile } from "./identity/vault-file.ts";
import type { Cluster } from "./open-cluster.ts";

/** What it needs. */
export interface VaultNeeds {
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  /** Ends a start that waits for the cluster. */
  readonly signal?: AbortSignal;
}

/** Opens it. */
export async function openVault(
  { dataDir, vaultSecret }: CollectorConfig,
  cluster: Cluster | undefined,
  { clock, random, logger, signal = new AbortController().signal }: VaultNeeds,
): Promise<VaultFile | VaultSecret> {
  if (vaultSecret === undefined) return openVaultFile({ path: join(dataDir, "vault.json"), clock, random, logger });
  if (cluster === undefined)
    throw new AppError("CONFIG_INVALID", "--vault-secret needs a cluster, and this is no pod of one: name a --kubeconfig");
  return awaitVault(() => cluster.openVault(vaultSecret), { clock, random, logger, signal });
}
