/** What stands at an address: a TLS connection on which nothing is said, to read the certificates and how they are judged. */
import type { X509Certificate } from "node:crypto";
import { connect, type TLSSocket } from "node:tls";
import { type Address, AppError, type Clock, createDeadline } from "@nodekeeper/shared";
import { formatAddress } from "./addresses.ts";
import { describeCertificate } from "./authorities.ts";
import type { TlsTrust } from "./tls-trust.ts";

/** The certificates that a server shows, its own first. */
export interface ServerCertificates {
  readonly chain: readonly [X509Certificate, ...X509Certificate[]];
  /** Why they are not trusted, as Node's code; undefined when they are. */
  readonly objection: string | undefined;
}

/** How to look. */
export interface LookOptions {
  readonly address: Address;
  readonly serverName: string;
  /** Undefined: only to read the chain. */
  readonly trust: TlsTrust | undefined;
  readonly clock: Clock;
}

/** Reads them. Throws PEER_UNREACHABLE when nobody answers there, or not by TLS. */
export async function readServerCertificates(options: LookOptions, signal: AbortSignal): Promise<ServerCertificates> {
  const { address, serverName, trust, clock } = options;
  const where = formatAddress(address);
  const late = new AppError("PEER_UNREACHABLE", `the collector at ${where} did not answer within ${timeoutMs / 1000} s`);
  using deadline = createDeadline(clock, timeoutMs, signal, late);
  const socket = connect({
    ...{ host: address.host, port: address.port, servername: serverName, ALPNProtocols: ["h2"], minVersion: "TLSv1.3" as const },
    rejectUnauthorized: false, // it is judged below, and nothing is said on it
    ...(trust === undefined ? {} : { secureContext: trust.context }),
  });
  try {
    await untilSecure(socket, deadline.signal, where);
    const chain = chainOf(socket.getPeerX509Certificate());
    const [first, ...rest] = chain;
    if (first === undefined) throw new AppError("PEER_UNREACHABLE", `the collector at ${where} shows no certificate`);
    // Set to the code of the objection, whatever the types say.
    const objection: unknown = socket.authorizationError;
    return { chain: [first, ...rest], objection: socket.authorized ? undefined : String(objection ?? "unknown") };
  } finally {
    socket.destroy();
  }
}

/** Why a server is not trusted, with what to do. */
export function untrusted(address: Address, trust: TlsTrust, { chain, objection }: ServerCertificates): AppError {
  const where = formatAddress(address);
  const [own] = chain;
  const code = "TLS_UNTRUSTED";
  if (objection === "CERT_HAS_EXPIRED" || objection === "CERT_NOT_YET_VALID") {
    const text = `it is good from ${own.validFrom} until ${own.validTo}: look at the clock of this machine, then at the collector's certificate`;
    return new AppError(code, `the certificate of the collector at ${where} is not good now: ${text}`);
  }
  if (objection === "ERR_TLS_CERT_ALTNAME_INVALID") {
    const bears = own.subjectAltName?.slice(0, maximumNamesLength) ?? "no name";
    const text = `it bears ${bears}, not ${trust.serverName}: another program answers there, or --server-name is wrong`;
    return new AppError(code, `the certificate of the collector at ${where} is another's: ${text}`);
  }
  const signer = chain.at(-1) ?? own;
  const text = `it is ${describeCertificate(own)} of ${describeCertificate(signer)}, and we trust ${trust.authorities.join(", ")} (${objection})`;
  const advice =
    "if the collector has a new authority, enroll again with --force, or give the new one in --ca-file; else somebody stands between";
  return new AppError(code, `the certificate of the collector at ${where} is not one that we trust: ${text}; ${advice}`);
}

const timeoutMs = 5_000;
const maximumChainLength = 8;
/** Of a stranger's names in our words. */
const maximumNamesLength = 256;

async function untilSecure(socket: TLSSocket, signal: AbortSignal, where: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const giveUp = (): void => reject(AppError.from(signal.reason, "ABORTED"));
    if (signal.aborted) giveUp();
    signal.addEventListener("abort", giveUp, { once: true });
    socket.once("secureConnect", () => resolve());
    socket.on("error", (cause) => {
      const isPlain =
        "code" in cause && typeof cause.code === "string" && /^ERR_SSL_(?:WRONG_VERSION|PACKET_LENGTH)/.test(cause.code);
      const why = isPlain ? "what answers there does not speak TLS" : cause.message;
      reject(new AppError("PEER_UNREACHABLE", `cannot reach the collector at ${where}: ${why}`, { cause }));
    });
    socket.once("close", () =>
      reject(new AppError("PEER_UNREACHABLE", `cannot reach the collector at ${where}: it closed the connection`)),
    );
  });
}

function chainOf(own: X509Certificate | undefined): readonly X509Certificate[] {
  const chain: X509Certificate[] = [];
  for (let next = own; next !== undefined && chain.length < maximumChainLength; next = next.issuerCertificate) {
    if (chain.some((each) => each.fingerprint256 === next?.fingerprint256)) break; // an authority names itself
    chain.push(next);
  }
  return chain;
}
