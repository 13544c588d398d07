/** Certificates of authorities: read from PEM and DER, and named in words. */
import { createHash, X509Certificate } from "node:crypto";

/** The certificates of a text in PEM. Throws, in words, when it holds none or one that is not one. */
export function readAuthorities(pem: string): readonly X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) throw new Error("there is no certificate in it (PEM)");
  if (blocks.length > maximumAuthorities) throw new Error(`there are more than ${maximumAuthorities} certificates in it`);
  return blocks.map((block, index) => {
    try {
      return new X509Certificate(block);
    } catch {
      throw new Error(`its certificate ${index + 1} cannot be read`);
    }
  });
}

/** The text of a certificate that came as bytes. Throws when it is none. */
export function authorityPem(der: Uint8Array): string {
  return new X509Certificate(der).toString().trim();
}

/** SHA-256 of the public key (SubjectPublicKeyInfo), base64url: what a join token names an authority by. */
export function publicKeyHash(certificate: X509Certificate): string {
  return createHash("sha256")
    .update(certificate.publicKey.export({ type: "spki", format: "der" }))
    .digest("base64url");
}

/** For people: its name, and the beginning of its fingerprint. */
export function describeCertificate(certificate: X509Certificate): string {
  const name = certificate.subject?.split("\n").join(", ").slice(0, maximumNameLength) || "without a name";
  return `"${name}" (SHA-256 ${certificate.fingerprint256.slice(0, 23)}…)`;
}

/** A stranger may call himself what he likes, in a log of ours too. */
const maximumNameLength = 128;
/** A bundle of a whole fleet has no more. */
const maximumAuthorities = 64;
