/** Tokens, credentials and the authority as the API shows them. */
import { createHash, X509Certificate } from "node:crypto";
import { isIPv6 } from "node:net";
import type { ApiTokenBody, AuthorityBody, CredentialBody, JoinTokenBody } from "@nodekeeper/shared/api";
import type { ApiToken, Credential, JoinToken } from "../../identity/registry.ts";
import { isoTime } from "../../state/iso-time.ts";
import type { TlsSource } from "../../tls/tls-source.ts";

/** A join token. */
export function joinTokenBody({ id, node, createdAtMs, createdBy, expiresAtMs }: JoinToken): JoinTokenBody {
  return { id, node, createdAt: isoTime(createdAtMs), createdBy, expiresAt: isoTime(expiresAtMs) };
}

/** A token of the API. */
export function apiTokenBody({ id, name, scopes, createdAtMs, createdBy, expiresAtMs, lastUsedAtMs }: ApiToken): ApiTokenBody {
  return {
    ...{ id, name, scopes: [...scopes], createdAt: isoTime(createdAtMs), createdBy },
    ...(expiresAtMs === undefined ? {} : { expiresAt: isoTime(expiresAtMs) }),
    ...(lastUsedAtMs === undefined ? {} : { lastUsedAt: isoTime(lastUsedAtMs) }),
  };
}

/** What lets an enrolled machine in. */
export function credentialBody({ id, node, machineId, createdAtMs, lastUsedAtMs, replaces }: Credential): CredentialBody {
  return {
    ...{ id, node, machineId, createdAt: isoTime(createdAtMs) },
    ...(lastUsedAtMs === undefined ? {} : { lastUsedAt: isoTime(lastUsedAtMs) }),
    ...(replaces === undefined ? {} : { replaces }),
  };
}

/** The collector's certificate and whom others must trust for it. */
export function authorityBody(tls: TlsSource, isOwn: boolean): AuthorityBody {
  const { certificateChain, caCertificates, expiresAtMs } = tls.current;
  const certificate = new X509Certificate(certificateChain); // the first of the chain
  return {
    source: isOwn ? "own" : "files",
    certificate: { names: namesOf(certificate), expiresAt: isoTime(expiresAtMs) },
    authorities: caCertificates.map((der) => {
      const authority = new X509Certificate(der);
      return {
        subject: authority.subject.replaceAll("\n", ", "),
        publicKeySha256: createHash("sha256")
          .update(authority.publicKey.export({ type: "spki", format: "der" }))
          .digest("base64url"),
        createdAt: isoTime(Date.parse(authority.validFrom)),
        expiresAt: isoTime(Date.parse(authority.validTo)),
        certificatePem: authority.toString(),
        isSigning: certificateChain.split("-----END CERTIFICATE-----").some((pem) => isSame(pem, authority)),
      };
    }),
    problems: [...tls.problems()],
  };
}

/** "DNS:a, IP Address:0:0:0:0:0:0:0:1" → ["a", "::1"] */
function namesOf({ subjectAltName = "" }: X509Certificate): string[] {
  return subjectAltName.split(", ").flatMap((entry) => {
    const name = entry.slice(entry.indexOf(":") + 1);
    return name === "" ? [] : [isIPv6(name) ? shortAddress(name) : name];
  });
}

/** As people write it. */
function shortAddress(address: string): string {
  return URL.parse(`http://[${address}]`)?.hostname.slice(1, -1) ?? address;
}

/** Whether a part of the chain is this authority. */
function isSame(pem: string, authority: X509Certificate): boolean {
  const body = pem.split("-----BEGIN CERTIFICATE-----")[1];
  return body !== undefined && Buffer.from(body, "base64").equals(authority.raw);
}
