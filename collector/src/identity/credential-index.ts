/** Finds credentials by id and by node in contents that may have thousands; made once for each version of the contents. */
import type { StoredCredential, VaultContents } from "./vault.ts";

/** The credentials of one version of the contents. */
export interface CredentialIndex {
  readonly byId: ReadonlyMap<string, StoredCredential>;
  /** The one that was used last, and its successors. */
  readonly byNode: ReadonlyMap<string, readonly StoredCredential[]>;
}

const indices = new WeakMap<readonly StoredCredential[], CredentialIndex>();

/** The index of these contents. */
export function indexOf({ credentials }: VaultContents): CredentialIndex {
  const known = indices.get(credentials);
  if (known !== undefined) return known;
  const index = {
    byId: new Map(credentials.map((each) => [each.id, each])),
    byNode: Map.groupBy(credentials, (each) => each.node),
  };
  indices.set(credentials, index);
  return index;
}
