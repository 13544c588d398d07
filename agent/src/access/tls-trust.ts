/** Whom we trust: one secure context, made anew only when the authorities change. Nobody else's authorities are in it, not even the system's. */
import { createSecureContext, type SecureContext } from "node:tls";
import { describeCertificate, readAuthorities } from "./authorities.ts";

/** What a TLS connection is verified with. */
export interface TlsTrust {
  readonly context: SecureContext;
  /** The name that the certificate must bear. */
  readonly serverName: string;
  /** Those whom we trust, in words. */
  readonly authorities: readonly string[];
}

/** Makes trust from PEM texts, and keeps the last one. */
export function createTrustMaker(): (pems: readonly string[], serverName: string) => TlsTrust {
  let last: { readonly key: string; readonly trust: TlsTrust } | undefined;
  return (pems, serverName) => {
    const certificates = new Map(pems.flatMap(readAuthorities).map((each) => [each.fingerprint256, each]));
    const key = [serverName, ...certificates.keys()].join("\n");
    if (last?.key !== key) last = { key, trust: trustIn([...certificates.values()].map(String), serverName) };
    return last.trust;
  };
}

/** Trust in these authorities alone, each in PEM. */
export function trustIn(pems: readonly string[], serverName: string): TlsTrust {
  const authorities = pems.flatMap(readAuthorities).map(describeCertificate);
  return { context: createSecureContext({ ca: [...pems], minVersion: "TLSv1.3" }), serverName, authorities };
}
