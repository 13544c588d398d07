/** How Node's TLS is to be told of a certificate, the same on every public listener. */
import type { SecureContextOptions } from "node:tls";
import type { TlsMaterial } from "./tls-source.ts";

/**
 * For `createServer` and for `setSecureContext`, which begins anew each time and must be told all of it. TLS 1.3 only: all who talk to a collector
 * (agents, browsers of the last seven years, Prometheus, curl) speak it, and it has no ciphers to choose wrongly.
 */
export function secureContextOptions({ certificateChain, key }: TlsMaterial): SecureContextOptions {
  return { cert: certificateChain, key, minVersion: "TLSv1.3" };
}

/** A handshake that is not done after so long is given up, in ms. */
export const handshakeTimeoutMs = 10_000;
