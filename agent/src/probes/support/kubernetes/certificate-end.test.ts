import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { longCertificate, shortCertificate } from "../../test-support/certificates.ts";
import { certificateEndMs, keepCertificateEnd } from "./certificate-end.ts";

const shortEndMs = Date.UTC(2027, 10, 23, 2, 22, 23);

describe("the end of a certificate", () => {
  it("is the earliest of the file, with whatever stands between", () => {
    const key = "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n";

    expect(certificateEndMs(longCertificate + key + shortCertificate)).toBe(shortEndMs);
    expect(keepCertificateEnd(key + shortCertificate)).toBe("notAfter=2027-11-23T02:22:23.000Z\n");
  });

  it("is the same of what was kept", () => {
    const kept = keepCertificateEnd(shortCertificate);

    expect(certificateEndMs(kept)).toBe(shortEndMs);
    expect(keepCertificateEnd(kept)).toBe(kept);
  });

  it("is unknown where there is none that can be read", () => {
    expect(certificateEndMs("")).toBeUndefined();
    expect(certificateEndMs(shortCertificate.replace("MIIBe", "AAAAA"))).toBeUndefined();
    expect(certificateEndMs("notAfter=2027-13-99T00:00:00Z")).toBeUndefined();
  });

  it("no text is too odd for it", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(keepCertificateEnd(keepCertificateEnd(text))).toBe(keepCertificateEnd(text));
        certificateEndMs(`-----BEGIN CERTIFICATE-----\n${Buffer.from(text).toString("base64")}\n-----END CERTIFICATE-----`);
      }),
    );
  });
});
