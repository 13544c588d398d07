/** Why no stream came about over TLS: gRPC says only that there is none, so the other side's certificate is looked at. */
import type { Address, AppError, Clock } from "@nodekeeper/shared";
import { readServerCertificates, untrusted } from "../access/server-certificate.ts";
import type { TlsTrust } from "../access/tls-trust.ts";

/** What was dialled. */
export interface FailedDial {
  readonly address: Address;
  readonly trust: TlsTrust | undefined;
  readonly clock: Clock;
}

/** The error in better words, where the certificate is the cause; else as it is. */
export async function explainFailure(
  error: AppError,
  { address, trust, clock }: FailedDial,
  signal: AbortSignal,
): Promise<AppError> {
  if (trust === undefined || error.code !== "PEER_UNREACHABLE" || networkCauses.test(error.message)) return error;
  try {
    const seen = await readServerCertificates({ address, serverName: trust.serverName, trust, clock }, signal);
    return seen.objection === undefined ? error : untrusted(address, trust, seen);
  } catch {
    return error; // nobody answers there now
  }
}

/** Nothing that spoke TLS was reached. */
const networkCauses = /ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|Name resolution|did not answer/;
