import "reflect-metadata"; // @peculiar/x509 needs it, first
import { type webcrypto, X509Certificate } from "node:crypto";
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { describe, expect, it } from "vitest";
import { checkCertificate } from "./check-certificate.ts";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const names = new SubjectAlternativeNameExtension([
  { type: "dns", value: "*.lan.home" },
  { type: "ip", value: "10.0.0.7" },
]);
const root = await make("root", undefined, [new BasicConstraintsExtension(true)]);
const middle = await make("middle", root, [new BasicConstraintsExtension(true)]);
const leaf = await make("leaf", middle, [names]);
const alone = await make("alone", undefined, [names]);
const stranger = await make("stranger", undefined, [new BasicConstraintsExtension(true)]);

describe("checkCertificate", () => {
  it.each([
    { name: "a whole chain", certificate: leaf.pem + middle.pem + root.pem, ca: undefined },
    { name: "a chain without its authority, which is given", certificate: leaf.pem + middle.pem, ca: root.pem },
    { name: "a chain in another order", certificate: leaf.pem + root.pem + middle.pem, ca: root.pem },
    { name: "an authority beside others", certificate: leaf.pem + middle.pem, ca: stranger.pem + root.pem },
    { name: "text around the certificates", certificate: `Bag Attributes: x\n${leaf.pem}\n\n${middle.pem}`, ca: root.pem },
  ])("takes $name, and serves it from the certificate to the authority", ({ certificate, ca }) => {
    const checked = checkCertificate({ certificate, key: leaf.key, ca }, ["collector.lan.home", "10.0.0.7"]);

    expect(checked).toMatchObject({ kind: "good" });
    if (checked.kind !== "good") return;
    const served = checked.material.certificateChain.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g) ?? [];
    expect(served.map((pem) => new X509Certificate(pem).subject)).toEqual(["CN=leaf", "CN=middle", "CN=root"]);
  });

  it("takes a certificate that is its own authority", () => {
    const checked = checkCertificate({ certificate: alone.pem, key: alone.key, ca: undefined }, ["collector.lan.home"]);

    expect(checked).toMatchObject({ kind: "good", material: { caCertificates: [new X509Certificate(alone.pem).raw] } });
  });

  it("trusts all the authorities that it is given, as in a rotation of theirs", () => {
    const checked = checkCertificate({ certificate: leaf.pem + middle.pem, key: leaf.key, ca: root.pem + stranger.pem }, []);

    expect(checked.kind === "good" && checked.material.caCertificates).toHaveLength(2);
  });

  it.each([
    { name: "a chain with a link missing", certificate: leaf.pem, ca: root.pem, problem: "the chain does not lead from" },
    {
      name: "another's authority",
      certificate: leaf.pem + middle.pem,
      ca: stranger.pem,
      problem: "the chain does not lead from",
    },
    { name: "a chain without an end", certificate: leaf.pem + middle.pem, ca: undefined, problem: "the chain does not end with" },
    { name: "no certificate", certificate: "hello", ca: root.pem, problem: "the certificate's file has no certificate in PEM" },
    { name: "an authority that is none", certificate: leaf.pem, ca: "hello", problem: "the authority's file has no certificate" },
    {
      name: "a certificate cut short",
      certificate: leaf.pem.replace(/.{30}\n-----END/, "\n-----END"),
      ca: root.pem,
      problem: "the certificate's file has a certificate that cannot be read",
    },
  ])("refuses $name", ({ certificate, ca, problem }) => {
    const checked = checkCertificate({ certificate, key: leaf.key, ca }, []);

    expect(checked).toMatchObject({ kind: "bad", problems: expect.arrayContaining([expect.stringContaining(problem)]) });
  });

  it("says everything that is wrong at once", async () => {
    const client = await make("client", root, [names, new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth])]);

    const checked = checkCertificate({ certificate: client.pem, key: leaf.key, ca: root.pem }, [
      "collector.other",
      "10.0.0.7",
      "10.0.0.8",
    ]);

    expect(checked).toEqual({
      kind: "bad",
      problems: [
        "the key is not the certificate's",
        "the certificate does not bear collector.other, 10.0.0.8, by which others call the collector",
        "the certificate is not for servers (extended key usage)",
      ],
    });
  });
});

interface Made {
  readonly name: string;
  readonly pem: string;
  readonly key: string;
  readonly signingKey: webcrypto.CryptoKey;
}

async function make(name: string, issuer: Made | undefined, extensions: readonly Extension[]): Promise<Made> {
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await X509CertificateGenerator.create({
    subject: `CN=${name}`,
    issuer: `CN=${issuer?.name ?? name}`,
    publicKey: keys.publicKey,
    signingKey: issuer?.signingKey ?? keys.privateKey,
    extensions: [...extensions],
    signingAlgorithm: algorithm,
  });
  return {
    name,
    pem: `${certificate.toString("pem")}\n`,
    key: PemConverter.encode(await crypto.subtle.exportKey("pkcs8", keys.privateKey), "PRIVATE KEY"),
    signingKey: keys.privateKey,
  };
}
