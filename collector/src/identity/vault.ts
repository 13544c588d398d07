/**
 * What must outlive the database: the keys of the authority, and the hashes of everything that lets somebody in. It is small, one document,
 * and lies in a file or in a Secret of the cluster. Secrets themselves are never in it, but for the keys of the authority.
 */
import type { Scope } from "./scope.ts";

/** An authority that signs the collector's certificates. */
export interface StoredAuthority {
  /** PEM. */
  readonly certificate: string;
  /** PKCS #8, PEM. */
  readonly key: string;
  readonly createdAtMs: number;
  /** It signs from then on. Before, it is only trusted, so that everybody hears of it in time. */
  readonly signsFromMs: number;
}

/** Buys one machine one credential, once. */
export interface StoredJoinToken {
  readonly id: string;
  /** SHA-256 of the secret part, hex. The secret has 256 random bits, so that a slow hash would add nothing. */
  readonly hash: string;
  /** Which node it is for. */
  readonly node: string;
  readonly createdAtMs: number;
  readonly createdBy: string;
  readonly expiresAtMs: number;
}

/** Lets an agent in as one node. */
export interface StoredCredential {
  readonly id: string;
  readonly hash: string;
  readonly node: string;
  /** Of the machine that was enrolled. Another machine that shows the credential is a clone. */
  readonly machineId: string;
  readonly createdAtMs: number;
  /** The credential that it takes the place of once it is used for the first time; undefined when it did, or when it is the first. */
  readonly replaces?: string;
}

/** Lets a program use the API. */
export interface StoredApiToken {
  readonly id: string;
  readonly hash: string;
  /** Who uses it, e.g. open-webui. */
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly createdAtMs: number;
  readonly createdBy: string;
  /** Undefined: never. */
  readonly expiresAtMs?: number;
}

/** All of it. */
export interface VaultContents {
  readonly version: 1;
  /** The newest signs; the one before it is still trusted during a rotation. At most two. */
  readonly authorities: readonly StoredAuthority[];
  readonly joinTokens: readonly StoredJoinToken[];
  readonly credentials: readonly StoredCredential[];
  readonly apiTokens: readonly StoredApiToken[];
}

/** Where it lies. */
export interface Vault {
  /** As it was last read or written by this process; no I/O. */
  readonly contents: VaultContents;
  /**
   * Writes what `change` makes of the contents, durably, or not at all. When another writer was there first, the contents are read again and `change`
   * is asked anew: it must be pure. Calls wait for each other. Throws VAULT_UNAVAILABLE or VAULT_MALFORMED, and whatever `change` throws.
   */
  update(change: (contents: VaultContents) => VaultContents): Promise<VaultContents>;
  /** Called after each change, also of another writer's. */
  onChanged(listener: (contents: VaultContents) => void): Disposable;
}

/** A vault with nothing in it. */
export const emptyVault: VaultContents = { version: 1, authorities: [], joinTokens: [], credentials: [], apiTokens: [] };
