/** What agents are told of whom to trust and where to dial: from the certificate that is served and the collector's settings. */
import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { collectorServerName, createListeners } from "@nodekeeper/shared";
import { bearsName } from "./certificate-names.ts";
import type { TlsMaterial, TlsSource } from "./tls-source.ts";
import type { TrustSource, TrustTold } from "./trust.ts";

/** Where others find the collector. */
export interface PublicPlaces {
  readonly names: readonly string[];
  readonly agentAddresses: readonly string[];
}

/** Follows the certificates. Disposing ends that. */
export function createTrustSource(tls: TlsSource, places: PublicPlaces): TrustSource & Disposable {
  const listeners = createListeners<TrustTold>();
  let current = toldOf(tls.current, places);
  const following = tls.onChanged((material) => {
    const next = toldOf(material, places);
    if (isSame(current, next)) return; // only the certificate was renewed
    current = next;
    listeners.tell(next);
  });
  return {
    get current() {
      return current;
    },
    onChanged: listeners.add,
    [Symbol.dispose]: () => following[Symbol.dispose](),
  };
}

/** Tells nothing: of a collector that others cannot reach. */
export const silentTrust: TrustSource = {
  current: undefined,
  onChanged: () => ({ [Symbol.dispose]: () => undefined }),
};

function toldOf({ certificateChain, caCertificates }: TlsMaterial, { names, agentAddresses }: PublicPlaces): TrustTold {
  const certificate = new X509Certificate(certificateChain);
  // Somebody else's certificate seldom bears our own name, and a name is better than an address, which TLS does not say in its greeting.
  const candidates = [collectorServerName, ...names.filter((name) => isIP(name) === 0), ...names];
  const serverName = candidates.find((name) => bearsName(certificate, name)) ?? collectorServerName;
  return { caCertificates, addresses: agentAddresses, serverName };
}

function isSame(a: TrustTold, b: TrustTold): boolean {
  const textOf = ({ caCertificates, addresses, serverName }: TrustTold): string =>
    JSON.stringify([caCertificates.map((der) => Buffer.from(der).toString("base64")), addresses, serverName]);
  return textOf(a) === textOf(b);
}
