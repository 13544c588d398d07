import { X509Certificate } from "node:crypto";
import { createListeners } from "@nodekeeper/shared";
import { describe, expect, it } from "vitest";
import type { StoredAuthority } from "../identity/vault.ts";
import { createAuthority, issueCertificate } from "./certificates.ts";
import type { TlsMaterial } from "./tls-source.ts";
import type { TrustTold } from "./trust.ts";
import { createTrustSource, silentTrust } from "./trust-source.ts";

const nowMs = Date.UTC(2026, 10, 23);
const authority = await createAuthority({ createdAtMs: nowMs, signsFromMs: nowMs });
const next = await createAuthority({ createdAtMs: nowMs, signsFromMs: nowMs });
const places = { names: ["10.0.0.7", "collector.home"], agentAddresses: ["collector.home:7071", "10.0.0.7:7071"] };

describe("createTrustSource", () => {
  it("tells the authorities, where to dial in order, and the name of our own certificate", async () => {
    using source = createTrustSource(aSource(await material([authority])), places);

    expect(source.current).toEqual({
      caCertificates: [new X509Certificate(authority.certificate).raw],
      addresses: ["collector.home:7071", "10.0.0.7:7071"],
      serverName: "nodekeeper-collector",
    });
  });

  it("tells when whom to trust changes, and not when only the certificate does", async () => {
    const tls = aSource(await material([authority]));
    using source = createTrustSource(tls, places);
    const heard: TrustTold[] = [];
    using _ = source.onChanged((told) => heard.push(told));

    tls.replace(await material([authority]));
    expect(heard).toEqual([]);
    tls.replace(await material([authority, next]));

    expect(heard.map(({ caCertificates }) => caCertificates.length)).toEqual([2]);
    expect(source.current).toBe(heard[0]);
  });

  it("is silent where there is nothing to reach", () => {
    expect(silentTrust.current).toBeUndefined();
  });
});

async function material(trusted: readonly [StoredAuthority, ...StoredAuthority[]]): Promise<TlsMaterial> {
  const issued = await issueCertificate(trusted[0], places.names, nowMs);
  return {
    certificateChain: issued.certificate,
    key: issued.key,
    caCertificates: trusted.map(({ certificate }) => new X509Certificate(certificate).raw),
    expiresAtMs: issued.expiresAtMs,
  };
}

function aSource(first: TlsMaterial) {
  const listeners = createListeners<TlsMaterial>();
  let current = first;
  return {
    get current() {
      return current;
    },
    replace(material: TlsMaterial) {
      current = material;
      listeners.tell(material);
    },
    onChanged: listeners.add,
    problems: () => [],
    [Symbol.asyncDispose]: async () => undefined,
  };
}
