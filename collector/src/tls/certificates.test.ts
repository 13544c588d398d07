import "reflect-metadata"; // @peculiar/x509 needs it, first
import { X509Certificate } from "node:crypto";
import {
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  X509Certificate as ParsedCertificate,
} from "@peculiar/x509";
import { describe, expect, it } from "vitest";
import { createAuthority, issueCertificate } from "./certificates.ts";
import { authorityLifetimeMs, certificateLifetimeMs } from "./rotation.ts";

const nowMs = Date.UTC(2026, 10, 23);
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const authority = await createAuthority({ createdAtMs: nowMs, signsFromMs: nowMs });
const issued = await issueCertificate(authority, ["collector.home", "100.79.124.94", "fd7a::1"], nowMs);

describe("createAuthority", () => {
  it("may sign certificates of servers, and no other authority", () => {
    const parsed = new ParsedCertificate(authority.certificate);

    expect(parsed.getExtension(BasicConstraintsExtension)).toMatchObject({ ca: true, pathLength: 0, critical: true });
    expect(parsed.getExtension(KeyUsagesExtension)?.usages).toBe(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign);
    expect(parsed.notBefore.getTime()).toBe(nowMs - dayMs);
    expect(parsed.notAfter.getTime()).toBe(nowMs + authorityLifetimeMs);
  });

  it("has another name and serial number each time, so that two are never taken for one another", async () => {
    const other = new X509Certificate((await createAuthority({ createdAtMs: nowMs, signsFromMs: nowMs })).certificate);
    const own = new X509Certificate(authority.certificate);

    expect(other.subject).not.toBe(own.subject);
    expect(other.serialNumber).not.toBe(own.serialNumber);
  });
});

describe("issueCertificate", () => {
  it("bears the names that it is given and those that it has in any case", () => {
    expect(new X509Certificate(issued.certificate).subjectAltName).toBe(
      [
        ...["DNS:nodekeeper-collector", "DNS:localhost", "IP Address:127.0.0.1", "IP Address:0:0:0:0:0:0:0:1"],
        ...["DNS:collector.home", "IP Address:100.79.124.94", "IP Address:FD7A:0:0:0:0:0:0:1"],
      ].join(", "),
    );
  });

  it("is for servers only, and signed by the authority", () => {
    const certificate = new X509Certificate(issued.certificate);
    const issuer = new X509Certificate(authority.certificate);

    expect(certificate.ca).toBe(false);
    expect(certificate.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
    expect(certificate.checkIssued(issuer)).toBe(true);
    expect(certificate.verify(issuer.publicKey)).toBe(true);
    expect(new ParsedCertificate(issued.certificate).getExtension(KeyUsagesExtension)?.usages).toBe(
      KeyUsageFlags.digitalSignature,
    );
  });

  it("is good for a while, and already for those whose clock is a day behind", () => {
    const { notBefore, notAfter } = new ParsedCertificate(issued.certificate);

    expect(notBefore.getTime()).toBe(nowMs - dayMs);
    expect(notAfter.getTime()).toBe(nowMs + certificateLifetimeMs);
    expect(issued.expiresAtMs).toBe(notAfter.getTime());
  });

  it("does not outlive its authority", async () => {
    const late = await issueCertificate(authority, [], nowMs + authorityLifetimeMs - hourMs);

    expect(late.expiresAtMs).toBe(nowMs + authorityLifetimeMs);
  });
});
