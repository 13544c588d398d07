/**
 * The register of everything that was given out to let somebody in: join tokens, credentials of enrolled machines, tokens of the API. Each is a text
 * of the form `nk<kind>_<id>_<secret>`, shown once and kept as a hash in the vault.
 */
import type { CredentialVerifier } from "./agent-identity.ts";
import type { Scope } from "./scope.ts";
import type { StoredApiToken, StoredCredential, StoredJoinToken } from "./vault.ts";

/** A join token as it is listed. */
export type JoinToken = Omit<StoredJoinToken, "hash">;

/** A credential as it is listed. */
export interface Credential extends Omit<StoredCredential, "hash"> {
  /** When an agent last showed it to this process; undefined: not since it started. */
  readonly lastUsedAtMs: number | undefined;
}

/** A token of the API as it is listed. */
export interface ApiToken extends Omit<StoredApiToken, "hash"> {
  readonly lastUsedAtMs: number | undefined;
}

/** Something new, with its text, which is shown this once. */
export interface Issued<Record> {
  readonly text: string;
  readonly record: Record;
}

/** Who an enrolled machine is said to be. */
export interface Enrollee {
  /** Empty: as the token says. */
  readonly node: string;
  readonly machineId: string;
}

/** The register. `by` is who asks, for the list; the caller writes the audit. Unknown ids throw NOT_FOUND. */
export interface Registry {
  /** Recognises and verifies credentials of enrolled machines. */
  readonly verifier: CredentialVerifier;
  createJoinToken(wanted: { readonly node: string; readonly ttlMs: number; readonly by: string }): Promise<Issued<JoinToken>>;
  createApiToken(wanted: {
    readonly name: string;
    readonly scopes: readonly Scope[];
    readonly ttlMs: number | undefined;
    readonly by: string;
  }): Promise<Issued<ApiToken>>;
  joinTokens(): readonly JoinToken[];
  apiTokens(): readonly ApiToken[];
  credentials(): readonly Credential[];
  /** The one that was used last, and its successors; empty for a node that was never enrolled. */
  credentialsOf(node: string): readonly Credential[];
  /** By its id; undefined when it is not there any more. */
  credential(id: string): Credential | undefined;
  /** Of either kind. What was given out for it stays. */
  revokeToken(id: string): Promise<JoinToken | ApiToken>;
  /** Ends all credentials of the node; its stream ends within a second. */
  revokeCredentials(node: string): Promise<readonly Credential[]>;
  /**
   * Makes a successor of the node's credential, which the node gets over its stream, at once or when it comes. One that was made already and not used
   * yet is handed over again and given.
   */
  rotateCredential(node: string): Promise<Credential>;
  /** The successor's text, for the open stream of a node; undefined when there is none to hand over. */
  pendingCredential(node: string): string | undefined;
  /** Called when a node's pending credential appears. */
  onPending(listener: (node: string) => void): Disposable;
  /**
   * The credential was shown by its own machine: if it is a successor, its predecessor does not hold any more. Nothing happens when it is none.
   * Until this is said, both hold.
   */
  settle(credentialId: string): Promise<void>;
  /** Uses up a join token. Throws IDENTITY_REFUSED, IDENTITY_EXPIRED or IDENTITY_MISMATCH. */
  enroll(joinToken: string, enrollee: Enrollee): Promise<Issued<Credential>>;
  /** Who shows a token of the API. Throws IDENTITY_REFUSED or IDENTITY_EXPIRED. */
  verifyApiToken(text: string): ApiToken;
}
