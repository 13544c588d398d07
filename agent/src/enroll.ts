/**
 * Takes this machine in with a collector: a join token buys a credential. The token names the collector's authority by its hash, so the first look at
 * the collector only reads its certificates; the token is shown to nobody but the one who bears a certificate of that authority.
 */
import { create } from "@bufbuild/protobuf";
import { Client, type ServiceError, status } from "@grpc/grpc-js";
import { EnrollmentService, type EnrollRequest, EnrollRequestSchema, type EnrollResponse } from "@nodekeeper/proto";
import { grpcServiceDefinition } from "@nodekeeper/proto/grpc";
import { type Address, AppError, type Clock, type ErrorCode, parseJoinToken, version } from "@nodekeeper/shared";
import { formatAddress } from "./access/addresses.ts";
import { authorityPem, describeCertificate, publicKeyHash } from "./access/authorities.ts";
import { checkWritable, readIdentity, writeIdentity } from "./access/identity-file.ts";
import { readServerCertificates, untrusted } from "./access/server-certificate.ts";
import { type TlsTrust, trustIn } from "./access/tls-trust.ts";
import { openHost } from "./host/open-host.ts";
import { identify } from "./identity.ts";
import { channelCredentials, channelOptions, nameOverride } from "./reporter/collector-stream.ts";

export { parseAddresses } from "./access/addresses.ts";
export { defaultIdentityFile } from "./access/identity-file.ts";

/** What is asked for. */
export interface EnrollOptions {
  /** Tried in order. */
  readonly addresses: readonly Address[];
  readonly joinToken: string;
  /** Undefined: as the token says. */
  readonly nodeName: string | undefined;
  readonly serverName: string;
  readonly identityFile: string;
  /** Whether an identity that is there may be replaced. */
  readonly isForced: boolean;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** What came of it. */
export interface Enrolled {
  readonly nodeName: string;
  /** HOST:PORT of the collector that took us in. */
  readonly collector: string;
  readonly identityFile: string;
}

/** Enrolls. Throws AppError with what was wrong, in words, and what to do. */
export async function enroll(options: EnrollOptions): Promise<Enrolled> {
  const { addresses, joinToken, identityFile, isForced, clock } = options;
  const authorityHashes = parseJoinToken(joinToken)?.authorityHashes;
  if (authorityHashes === undefined)
    throw new AppError(
      "CONFIG_INVALID",
      "this is no join token: `nodekeeper token create --node NAME` prints one, it begins with nkj_",
    );
  refuseSecond(identityFile, isForced);
  checkWritable(identityFile); // before the token is used up
  const { machineId } = await identify(await openHost("/", clock), options.nodeName ?? "unnamed");
  const { address, trust, authority } = await findCollector(options, authorityHashes);
  const request = create(EnrollRequestSchema, { joinToken, nodeName: options.nodeName ?? "", machineId, agentVersion: version });
  const response = await callEnroll(address, trust, request, clock);
  try {
    const told = response.caCertificates.map(authorityPem);
    writeIdentity(identityFile, {
      nodeName: response.nodeName,
      credentials: [response.credential],
      caCertificates: told.length > 0 ? told : [authority],
      givenAddresses: addresses.map(formatAddress),
      addresses: response.addresses,
      serverName: response.serverName || options.serverName,
    });
  } catch (cause) {
    const { code, message } = AppError.from(cause, "PROTOCOL_VIOLATION");
    throw new AppError(code, `${message}; the join token is used up by it: make a new one`, { cause });
  }
  return { nodeName: response.nodeName, collector: formatAddress(address), identityFile };
}

/** The call itself; the collector has proven who it is before. */
const enrollTimeoutMs = 15_000;

function refuseSecond(path: string, isForced: boolean): void {
  if (isForced) return;
  const present = readIdentity(path);
  if (present === undefined) return;
  throw new AppError(
    "CONFLICT",
    `this machine is enrolled already, as ${present.nodeName} (${path}): --force gives up that credential for a new one`,
  );
}

interface Found {
  readonly address: Address;
  readonly trust: TlsTrust;
  /** PEM. */
  readonly authority: string;
}

/** The first that bears a certificate of the token's authority. Throws why none does. */
async function findCollector(options: EnrollOptions, hashes: readonly string[]): Promise<Found> {
  const { addresses, serverName, clock, signal } = options;
  const problems: AppError[] = [];
  for (const address of addresses) {
    try {
      const { chain } = await readServerCertificates({ address, serverName, trust: undefined, clock }, signal);
      const authority = chain.find((each) => each.ca && hashes.includes(publicKeyHash(each)));
      if (authority === undefined) throw wrongCollector(address, chain.at(-1) ?? chain[0]);
      const pem = authority.toString();
      const trust = trustIn([pem], serverName);
      const seen = await readServerCertificates({ address, serverName, trust, clock }, signal);
      if (seen.objection === undefined) return { address, trust, authority: pem.trim() };
      throw untrusted(address, trust, seen);
    } catch (thrown) {
      signal.throwIfAborted();
      problems.push(AppError.from(thrown));
    }
  }
  // Somebody else in the collector's place is graver than nobody.
  const gravest = problems.find(({ code }) => code === "TLS_UNTRUSTED") ?? problems[0];
  throw new AppError(gravest?.code ?? "CONFIG_INVALID", problems.map(({ message }) => message).join("\n"), { cause: gravest });
}

function wrongCollector(address: Address, signer: Parameters<typeof describeCertificate>[0]): AppError {
  const text =
    `what answers at ${formatAddress(address)} is not the collector that made this token: its certificate is of ${describeCertificate(signer)}, ` +
    "and the token names another authority. The token was not shown. Look at the address; if the collector has a new authority, make a new token";
  return new AppError("TLS_UNTRUSTED", text);
}

async function callEnroll(address: Address, trust: TlsTrust, request: EnrollRequest, clock: Clock): Promise<EnrollResponse> {
  const where = formatAddress(address);
  const client = new Client(where, channelCredentials(trust), { ...channelOptions, ...nameOverride(trust) });
  const definition = grpcServiceDefinition(EnrollmentService)["enroll"];
  if (definition === undefined) throw new AppError("INTERNAL", "the enrollment service has no such call");
  const { path, requestSerialize, responseDeserialize } = definition;
  try {
    return await new Promise((resolve, reject) => {
      const deadline = new Date(clock.wallMs() + enrollTimeoutMs);
      client.makeUnaryRequest<EnrollRequest, EnrollResponse>(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        { deadline },
        (error, response) => (error === null && response !== undefined ? resolve(response) : reject(enrollError(where, error))),
      );
    });
  } finally {
    client.close();
  }
}

function enrollError(where: string, error: ServiceError | null): AppError {
  const details = error?.details ?? "it gave no answer";
  const [code, text] = refusals.get(error?.code ?? status.UNKNOWN) ?? [
    "PEER_UNREACHABLE",
    "the enrollment broke off; make a new token, this one may be used up",
  ];
  return new AppError(code, `the collector at ${where}: ${details}; ${text}`, { cause: error });
}

const refusals: ReadonlyMap<status, readonly [ErrorCode, string]> = new Map([
  [
    status.UNAUTHENTICATED,
    ["IDENTITY_REFUSED", "a join token is good once and for a short time, make a new one: nodekeeper token create --node NAME"],
  ],
  [status.PERMISSION_DENIED, ["IDENTITY_MISMATCH", "leave out --node-name, or make a token for that name"]],
  [status.RESOURCE_EXHAUSTED, ["RATE_LIMITED", "wait a minute and try again"]],
  [
    status.UNIMPLEMENTED,
    ["PEER_REFUSED", "nobody is enrolled there: give the address where agents report (--public-grpc-listen)"],
  ],
] as const);
