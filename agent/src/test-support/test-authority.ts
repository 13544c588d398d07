/** An authority for tests: it signs certificates as a collector has them. */
import "reflect-metadata"; // @peculiar/x509 needs it, first
import { webcrypto } from "node:crypto";
import { collectorServerName, systemClock } from "@nodekeeper/shared";
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";

/** What a server is set up with. */
export interface ServerFiles {
  /** PEM: its own certificate, then the authority's. */
  readonly certificateChain: string;
  readonly key: string;
}

/** See above. */
export interface TestAuthority {
  readonly pem: string;
  readonly der: Uint8Array;
  /** SHA-256 of its public key, as join tokens have it. */
  readonly hash: string;
  /** A certificate of it; default: with the name that every collector's bears, good now. */
  issue(options?: { readonly name?: string; readonly fromMs?: number; readonly untilMs?: number }): Promise<ServerFiles>;
}

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const dayMs = 86_400_000;

/** Makes one. */
export async function makeAuthority(name: string): Promise<TestAuthority> {
  const keys = await makeKeys();
  const nowMs = systemClock.wallMs();
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      name: `CN=${name}`,
      keys,
      signingAlgorithm: algorithm,
      ...validity(nowMs - 400 * dayMs, nowMs + 4000 * dayMs),
      extensions: [new BasicConstraintsExtension(true, 0, true)],
    },
    webcrypto,
  );
  const spki = await webcrypto.subtle.exportKey("spki", keys.publicKey);
  const digest = await webcrypto.subtle.digest("SHA-256", spki);
  return {
    pem: certificate.toString("pem"),
    der: new Uint8Array(certificate.rawData),
    hash: Buffer.from(digest).toString("base64url"),
    issue: async (options = {}) => {
      const own = await makeKeys();
      const leaf = await X509CertificateGenerator.create(
        {
          subject: "CN=collector",
          issuer: certificate.subject,
          publicKey: own.publicKey,
          signingKey: keys.privateKey,
          signingAlgorithm: algorithm,
          ...validity(options.fromMs ?? nowMs - dayMs, options.untilMs ?? nowMs + dayMs),
          extensions: [
            new SubjectAlternativeNameExtension([{ type: "dns", value: options.name ?? collectorServerName }]),
            new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
          ],
        },
        webcrypto,
      );
      const pkcs8 = await webcrypto.subtle.exportKey("pkcs8", own.privateKey);
      return {
        certificateChain: `${new X509Certificate(leaf.rawData).toString("pem")}\n${certificate.toString("pem")}\n`,
        key: PemConverter.encode(pkcs8, "PRIVATE KEY"),
      };
    },
  };
}

async function makeKeys(): Promise<webcrypto.CryptoKeyPair> {
  return await webcrypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
}

function validity(fromMs: number, untilMs: number): { readonly notBefore: Date; readonly notAfter: Date } {
  return { notBefore: new Date(fromMs), notAfter: new Date(untilMs) };
}
