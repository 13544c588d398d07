/**
 * Who an agent is, and how that is proven. A verifier knows one kind of proof; the authenticator asks the one that recognises what was shown.
 * The name of a node is its credential's; what the agent says of itself only has to agree.
 */
import type { AppError } from "@nodekeeper/shared";

/** Who an agent is. */
export type AgentIdentity =
  /** Nobody asked: it came by a listener that only this machine can reach. Good for health, never for a write. */
  | { readonly kind: "unproven" }
  /** A pod of ours on a node of the cluster, by its projected ServiceAccount token. */
  | {
      readonly kind: "cluster";
      readonly node: string;
      /** Names the token in logs and audits without giving it away. */
      readonly credentialId: string;
      /** On the collector's clock; the stream ends then unless the agent authenticated anew. */
      readonly expiresAtMs: number;
      /** Whether the API server confirmed that the token still holds. Until then: good for health, never for a write. */
      readonly isReviewed: boolean;
    }
  /** A machine outside, by the credential that it was given when it was enrolled. */
  | { readonly kind: "enrolled"; readonly node: string; readonly credentialId: string };

/** Something became of an identity after it was taken. */
export type IdentityChange =
  /** It is confirmed: the identity as it is now. */
  | { readonly kind: "confirmed"; readonly identity: AgentIdentity }
  /** It does not hold any more: revoked, refused by the API server, past its time. The stream ends with this error within a second. */
  | { readonly kind: "ended"; readonly error: AppError };

/** Knows one kind of proof. */
export interface CredentialVerifier {
  /** Whether a credential has the form of this kind; without looking whether it is good. */
  recognises(credential: string): boolean;
  /**
   * Who shows it. Throws AppError IDENTITY_REFUSED, IDENTITY_EXPIRED or IDENTITY_UNVERIFIABLE, in words that give nothing away and can be
   * logged. Answers quickly: what takes longer (a review by the API server) comes as a change.
   */
  verify(credential: string, signal: AbortSignal): Promise<AgentIdentity>;
  /** Tells what becomes of an identity that `verify` gave, until it is disposed. */
  watch(identity: AgentIdentity, onChange: (change: IdentityChange) => void): Disposable;
}
