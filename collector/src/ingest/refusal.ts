/** Why an agent is not taken, in the words of gRPC. The only place that knows which error is which status. */
import { type Metadata, status } from "@grpc/grpc-js";
import { AppError, type ErrorCode } from "@nodekeeper/shared";
import type { AgentIdentity } from "../identity/agent-identity.ts";

/** Why a stream was not taken or was ended by us; a label of a metric. */
export type RefusalReason =
  | "malformed"
  | "no_hello"
  | "wire_version"
  | "hello"
  | "out_of_order"
  | "other_machine"
  | "too_many_streams"
  | "too_many_nodes"
  | "not_reading"
  | "rate_limited"
  | "internal"
  | IdentityReason;

/** Those that concern who the agent is, by the code of the error. */
export type IdentityReason =
  | "identity_missing"
  | "identity_refused"
  | "identity_expired"
  | "identity_mismatch"
  | "identity_cloned"
  | "identity_unverifiable";

/** Why an agent is not taken. */
export interface Refusal {
  readonly reason: RefusalReason;
  readonly code: status;
  /** What the agent is told. */
  readonly details: string;
  /** When it was about who the agent is. */
  readonly error?: AppError;
}

/** The error that says it; codes that are not here are our own fault. */
const byCode: Partial<Record<ErrorCode, { readonly code: status; readonly reason: RefusalReason }>> = {
  IDENTITY_MISSING: { code: status.UNAUTHENTICATED, reason: "identity_missing" },
  IDENTITY_REFUSED: { code: status.UNAUTHENTICATED, reason: "identity_refused" },
  IDENTITY_EXPIRED: { code: status.UNAUTHENTICATED, reason: "identity_expired" },
  IDENTITY_MISMATCH: { code: status.PERMISSION_DENIED, reason: "identity_mismatch" },
  IDENTITY_CLONED: { code: status.ALREADY_EXISTS, reason: "identity_cloned" },
  IDENTITY_UNVERIFIABLE: { code: status.UNAVAILABLE, reason: "identity_unverifiable" },
  RATE_LIMITED: { code: status.RESOURCE_EXHAUSTED, reason: "rate_limited" },
  CONFLICT: { code: status.RESOURCE_EXHAUSTED, reason: "too_many_nodes" },
  REQUEST_INVALID: { code: status.INVALID_ARGUMENT, reason: "malformed" },
  VAULT_UNAVAILABLE: { code: status.UNAVAILABLE, reason: "identity_unverifiable" },
  VAULT_MALFORMED: { code: status.UNAVAILABLE, reason: "identity_unverifiable" },
};

/** A refusal for an error. What is our own fault is not told in words: the log has them. */
export function refusalOf(error: AppError): Refusal {
  const known = byCode[error.code];
  if (known === undefined) {
    const details = "the collector failed to answer; its log says why";
    return { reason: "internal", code: status.INTERNAL, details, error };
  }
  return { ...known, details: `${error.code}: ${error.message}`, error };
}

/**
 * A refusal of an identity that was good. That a credential was revoked or a token is past its time is nobody's attempt at anything; that the API
 * server denies a token is.
 */
export function refusalOfEnd(error: AppError, identity: AgentIdentity | undefined): Refusal {
  const refusal = refusalOf(error);
  if (identity?.kind === "cluster" && error.code === "IDENTITY_REFUSED") return refusal;
  const { reason, code, details } = refusal;
  return { reason, code, details };
}

/** The credential of a call's metadata; undefined when none is shown. Throws AppError IDENTITY_REFUSED when it is not clear which. */
export function credentialOf(metadata: Metadata): string | undefined {
  const [shown, ...others] = metadata.get("authorization");
  if (shown === undefined) return undefined;
  const [, credential] = /^bearer ([\x21-\x7e]+)$/i.exec(String(shown)) ?? [];
  if (credential === undefined || others.length > 0) {
    throw new AppError("IDENTITY_REFUSED", 'authorization is to be said once, as "Bearer CREDENTIAL"');
  }
  return credential;
}
