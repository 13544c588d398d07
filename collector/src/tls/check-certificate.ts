/** Whether somebody else's certificate can be served: pure, and with every problem at once. */
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { bearsName } from "./certificate-names.ts";
import type { TlsMaterial } from "./tls-source.ts";

/** PEM texts as they were read. */
export interface CertificateTexts {
  readonly certificate: string;
  readonly key: string;
  /** Undefined: the authority is the chain's last. */
  readonly ca: string | undefined;
}

/** What came of it. */
export type CheckedCertificate =
  | { readonly kind: "good"; readonly material: TlsMaterial; readonly validFromMs: number }
  | { readonly kind: "bad"; readonly problems: readonly string[] };

const pemCertificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
/** id-kp-serverAuth (RFC 5280). */
const serverAuth = "1.3.6.1.5.5.7.3.1";

/** Checks all but the time. `names` must be borne by the certificate. */
export function checkCertificate(texts: CertificateTexts, names: readonly string[]): CheckedCertificate {
  const problems: string[] = [];
  const chain = readCertificates(texts.certificate, "the certificate's file", problems);
  const given = texts.ca === undefined ? undefined : readCertificates(texts.ca, "the authority's file", problems);
  const key = readKey(texts.key, problems);
  const [leaf] = chain;
  if (leaf === undefined) return { kind: "bad", problems };

  if (key !== undefined && !leaf.checkPrivateKey(key)) problems.push("the key is not the certificate's");
  const missing = names.filter((name) => !bearsName(leaf, name));
  if (missing.length > 0)
    problems.push(`the certificate does not bear ${missing.join(", ")}, by which others call the collector`);
  const uses: readonly string[] | undefined = leaf.keyUsage;
  if (uses !== undefined && !uses.includes(serverAuth)) problems.push("the certificate is not for servers (extended key usage)");
  const last = chain.at(-1);
  const authorities = given ?? (last !== undefined && isSelfSigned(last) ? [last] : []);
  const whole = completeChain(chain, authorities);
  if (given === undefined && authorities.length === 0)
    problems.push(
      "the chain does not end with its authority: append the authority's certificate, or name its file with --tls-ca",
    );
  else if (whole === undefined)
    problems.push("the chain does not lead from the certificate to an authority that agents should trust");

  if (problems.length > 0 || whole === undefined) return { kind: "bad", problems };
  const material: TlsMaterial = {
    certificateChain: whole.map(String).join(""),
    key: texts.key,
    caCertificates: authorities.map(({ raw }) => raw),
    expiresAtMs: Math.min(...whole.map(({ validToDate }) => validToDate.getTime())),
  };
  return { kind: "good", material, validFromMs: leaf.validFromDate.getTime() };
}

/** From the certificate to one of the authorities; undefined when a link is missing. */
function completeChain(
  chain: readonly X509Certificate[],
  authorities: readonly X509Certificate[],
): readonly X509Certificate[] | undefined {
  const [leaf, ...others] = chain;
  if (leaf === undefined) return undefined;
  const whole = [leaf];
  for (let at = leaf; ; ) {
    if (authorities.some((authority) => isEqual(authority, at))) return whole;
    const issuer = authorities.find((each) => hasIssued(each, at)) ?? others.find((each) => hasIssued(each, at));
    if (issuer === undefined || whole.includes(issuer)) return undefined;
    whole.push(issuer);
    at = issuer;
  }
}

function hasIssued(issuer: X509Certificate, certificate: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

function isSelfSigned(certificate: X509Certificate): boolean {
  return hasIssued(certificate, certificate);
}

function isEqual(a: X509Certificate, b: X509Certificate): boolean {
  return a.raw.equals(b.raw);
}

function readCertificates(text: string, where: string, problems: string[]): readonly X509Certificate[] {
  const blocks = text.match(pemCertificate) ?? [];
  if (blocks.length === 0) problems.push(`${where} has no certificate in PEM`);
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch {
    problems.push(`${where} has a certificate that cannot be read`); // OpenSSL's words say no more
    return [];
  }
}

function readKey(text: string, problems: string[]): KeyObject | undefined {
  try {
    return createPrivateKey(text);
  } catch {
    problems.push("the key cannot be read: it must be PEM and without a passphrase"); // OpenSSL's words say no more
    return undefined;
  }
}
