/** Errors in the words of gRPC. What is our own fault is not told in words: the log has them. */
import { status } from "@grpc/grpc-js";
import type { AppError, ErrorCode } from "@nodekeeper/shared";

/** What a caller is told. */
export interface GrpcProblem {
  readonly code: status;
  readonly details: string;
}

const byCode: Partial<Record<ErrorCode, status>> = {
  REQUEST_INVALID: status.INVALID_ARGUMENT,
  IDENTITY_MISSING: status.UNAUTHENTICATED,
  IDENTITY_REFUSED: status.UNAUTHENTICATED,
  IDENTITY_EXPIRED: status.UNAUTHENTICATED,
  IDENTITY_UNVERIFIABLE: status.UNAVAILABLE,
  FORBIDDEN: status.PERMISSION_DENIED,
  NOT_FOUND: status.NOT_FOUND,
  RATE_LIMITED: status.RESOURCE_EXHAUSTED,
  OVERLOADED: status.RESOURCE_EXHAUSTED,
  NOT_READY: status.UNAVAILABLE,
};

/** The problem of an error. */
export function grpcProblemOf({ code, message }: AppError): GrpcProblem {
  const known = byCode[code];
  return known === undefined
    ? { code: status.INTERNAL, details: "the collector failed to answer; its log says why" }
    : { code: known, details: `${code}: ${message}` };
}
