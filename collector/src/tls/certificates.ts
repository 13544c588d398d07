/**
 * Makes certificates: an authority's, and the collector's own one. ECDSA with P-256, which every TLS library knows and which costs the least to sign.
 * No name constraints: the names of a collector are configured and may change, while an authority lives for ten years.
 */
import "reflect-metadata"; // @peculiar/x509 needs it, first
import type { webcrypto } from "node:crypto";
import { isIP } from "node:net";
import { collectorServerName } from "@nodekeeper/shared";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import type { StoredAuthority } from "../identity/vault.ts";
import { authorityLifetimeMs, certificateLifetimeMs, clockToleranceMs } from "./rotation.ts";

/** The collector's certificate, with its key. */
export interface IssuedCertificate {
  /** PEM. */
  readonly certificate: string;
  /** PEM. It is in memory only. */
  readonly key: string;
  readonly expiresAtMs: number;
}

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

/** A new authority, which signs from `signsFromMs` on. */
export async function createAuthority(times: {
  readonly createdAtMs: number;
  readonly signsFromMs: number;
}): Promise<StoredAuthority> {
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const subjectKey = await SubjectKeyIdentifierExtension.create(keys.publicKey);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: [{ O: ["nodekeeper"] }, { CN: [`nodekeeper authority ${subjectKey.keyId.slice(0, 8)}`] }],
    keys,
    notBefore: new Date(times.createdAtMs - clockToleranceMs),
    notAfter: new Date(times.createdAtMs + authorityLifetimeMs),
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      subjectKey,
    ],
    signingAlgorithm: algorithm,
  });
  return { certificate: certificate.toString("pem"), key: await exportKey(keys.privateKey), ...times };
}

/** A certificate for the collector under these names and addresses, besides those that it has in any case. */
export async function issueCertificate(
  authority: StoredAuthority,
  names: readonly string[],
  nowMs: number,
): Promise<IssuedCertificate> {
  const issuer = new X509Certificate(authority.certificate);
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const expiresAtMs = Math.min(nowMs + certificateLifetimeMs, issuer.notAfter.getTime());
  const certificate = await X509CertificateGenerator.create({
    subject: [{ CN: [collectorServerName] }],
    issuer: issuer.subjectName,
    notBefore: new Date(nowMs - clockToleranceMs),
    notAfter: new Date(expiresAtMs),
    publicKey: keys.publicKey,
    signingKey: await importKey(authority.key),
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension(subjectNames(names)),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
    signingAlgorithm: algorithm,
  });
  return { certificate: certificate.toString("pem"), key: await exportKey(keys.privateKey), expiresAtMs };
}

function subjectNames(names: readonly string[]) {
  const all = new Set([collectorServerName, "localhost", "127.0.0.1", "::1", ...names]);
  return [...all].map((value) => ({ type: isIP(value) === 0 ? ("dns" as const) : ("ip" as const), value }));
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  return PemConverter.encode(await crypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY");
}

function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  return crypto.subtle.importKey("pkcs8", PemConverter.decodeFirst(pem), algorithm, false, ["sign"]);
}
