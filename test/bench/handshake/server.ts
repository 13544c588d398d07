/** The process that is measured: the collector's listener with nothing behind it, by TLS or without. Tells its parent where it is and what it used. */
import { listenForCalls } from "../../../collector/src/ingest/grpc-listener.ts";
import { createAuthority, issueCertificate } from "../../../collector/src/tls/certificates.ts";
import type { TlsSource } from "../../../collector/src/tls/tls-source.ts";
import { systemClock } from "../../../packages/shared/src/index.ts";

/** First message to the parent. */
export interface Listening {
  readonly port: number;
  /** PEM. */
  readonly authority: string;
}

/** Answer to each message of the parent. */
export interface Used {
  readonly cpuMs: number;
  readonly residentBytes: number;
}

const nowMs = systemClock.wallMs();
const authority = await createAuthority({ createdAtMs: nowMs, signsFromMs: nowMs });
const { certificate, key, expiresAtMs } = await issueCertificate(authority, [], nowMs);
const source: TlsSource = {
  current: { certificateChain: `${certificate}\n${authority.certificate}`, key, caCertificates: [], expiresAtMs },
  onChanged: () => ({ [Symbol.dispose]: () => undefined }),
  problems: () => [],
  [Symbol.asyncDispose]: async () => undefined,
};
const tls = process.argv[2] === "tls" ? source : undefined;
const { port } = await listenForCalls({ listen: { host: "127.0.0.1", port: 0 }, tls, services: () => [] }, systemClock);

process.on("message", () => {
  globalThis.gc?.();
  const { user, system } = process.cpuUsage();
  const used: Used = { cpuMs: (user + system) / 1_000, residentBytes: process.memoryUsage().rss };
  process.send?.(used);
});
const listening: Listening = { port, authority: authority.certificate };
process.send?.(listening);
