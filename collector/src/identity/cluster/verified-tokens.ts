/** Tokens that were verified, by their hash, with what is known of each. Bounded: the longest unused that nobody watches go first. */
import { createHash } from "node:crypto";
import type { AppError } from "@nodekeeper/shared";
import type { IdentityChange } from "../agent-identity.ts";

/** A token that was verified. The token itself is not kept. */
export interface VerifiedToken {
  readonly hash: string;
  readonly keyId: string;
  readonly node: string;
  /** The pod and the begin of the hash: who reads it finds the pod, and nobody the token. */
  readonly credentialId: string;
  readonly expiresAtMs: number;
  /** What the API server said last; it may be asked again. */
  review: { readonly kind: "none" | "confirmed" } | { readonly kind: "refused"; readonly error: AppError };
  /** On the monotonic clock; undefined before the first review. */
  reviewedAtMs: number | undefined;
  readonly watchers: Set<(change: IdentityChange) => void>;
}

/** The tokens. */
export interface VerifiedTokens {
  get(hash: string): VerifiedToken | undefined;
  ofCredential(credentialId: string): VerifiedToken | undefined;
  /** Gives it back. */
  add(token: VerifiedToken): VerifiedToken;
  remove(token: VerifiedToken): void;
  /** All of them, as they are now. */
  list(): readonly VerifiedToken[];
}

/** Two of each of ten thousand agents: the token of now, and the one before. */
const maximumTokens = 20_000;

/** By what a token is known. */
export function hashOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** None yet. */
export function createVerifiedTokens(maximum: number = maximumTokens): VerifiedTokens {
  const byHash = new Map<string, VerifiedToken>(); // in the order of their last use
  const byCredential = new Map<string, VerifiedToken>();
  const remove = (token: VerifiedToken): void => {
    byHash.delete(token.hash);
    byCredential.delete(token.credentialId);
  };
  return {
    get(hash) {
      const token = byHash.get(hash);
      if (token === undefined) return undefined;
      byHash.delete(hash);
      byHash.set(hash, token);
      return token;
    },
    ofCredential: (credentialId) => byCredential.get(credentialId),
    add(token) {
      for (const oldest of byHash.values()) {
        if (byHash.size < maximum) break;
        if (oldest.watchers.size === 0) remove(oldest);
      }
      byHash.set(token.hash, token);
      byCredential.set(token.credentialId, token);
      return token;
    },
    remove,
    list: () => [...byHash.values()],
  };
}
