/** One bidirectional gRPC stream to a collector, as an inbox of messages and a way to send with back-pressure. */
import { once } from "node:events";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  type ChannelCredentials,
  type ChannelOptions,
  Client,
  credentials,
  Metadata,
  type ServiceError,
  status,
} from "@grpc/grpc-js";
import { ConnectRequestSchema, type ConnectResponse } from "@nodekeeper/proto";
import { type ConnectStream, connectMethod } from "@nodekeeper/proto/connect";
import { type Address, AppError, type ErrorCode } from "@nodekeeper/shared";
import { formatAddress } from "../access/addresses.ts";
import type { TlsTrust } from "../access/tls-trust.ts";

/** The stream. Disposing it closes the connection at once. */
export interface CollectorStream extends Disposable {
  /** Sends a message; resolves when there is room for more. */
  send(message: MessageInitShape<typeof ConnectRequestSchema>["message"] & object, signal: AbortSignal): Promise<void>;
  /** Says that nothing more will be sent. */
  finish(): void;
  /** More messages may come, after `onMessage` gave false. */
  resume(): void;
  /** Rejects when the stream ends: with ABORTED when the collector closed it in order, else with why it broke. */
  readonly ended: Promise<never>;
}

/** Whom to dial, and what to show there. */
export interface Destination {
  readonly address: Address;
  /** Undefined: in plain. */
  readonly trust: TlsTrust | undefined;
  /** What proves who we are; undefined: nothing. */
  readonly credential: string | undefined;
}

/** gRPC settings: a dead peer is noticed within 40 s; grpc-js itself does not retry, the reporter does. */
export const channelOptions: ChannelOptions = {
  "grpc.enable_http_proxy": 0, // the collector is near, and a proxy of the environment is for something else
  "grpc.service_config_disable_resolution": 1, // no TXT record says how we dial
  "grpc.use_local_subchannel_pool": 1, // a new stream is a new connection, without the back-off of the one before it
  "grpc.enable_channelz": 0, // it costs memory and nobody looks
  "grpc.keepalive_time_ms": 30_000,
  "grpc.keepalive_timeout_ms": 10_000,
  "grpc.enable_retries": 0,
  "grpc.max_receive_message_length": 4 * 2 ** 20,
};

/** Dials a collector. `onMessage` gets what it sends, and gives false when it is enough for now; a message that cannot be read ends the stream. */
export function openCollectorStream(
  { address, trust, credential }: Destination,
  onMessage: (message: ConnectResponse["message"]) => boolean,
): CollectorStream {
  const target = formatAddress(address);
  const client = new Client(target, channelCredentials(trust), { ...channelOptions, ...nameOverride(trust) });
  const { path, requestSerialize, responseDeserialize } = connectMethod;
  const metadata = new Metadata();
  if (credential !== undefined) metadata.set("authorization", `Bearer ${credential}`);
  const stream: ConnectStream = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, metadata);
  const ended = new Promise<never>((_, reject) => {
    stream.on("error", (error: ServiceError) => reject(streamError(target, error)));
    stream.on("end", () => reject(new AppError("ABORTED", `the collector at ${target} closed the stream`)));
  });
  ended.catch(() => undefined); // whoever waits for it is told; nobody needs to
  stream.on("data", (response: ConnectResponse) => {
    if (!onMessage(response.message)) stream.pause();
  });
  return {
    ended,
    async send(message, signal) {
      signal.throwIfAborted();
      if (stream.write(create(ConnectRequestSchema, { message }))) return;
      const finished = new AbortController();
      try {
        await Promise.race([once(stream, "drain", { signal: finished.signal }), ended, rejectOnAbort(signal, finished.signal)]);
      } finally {
        finished.abort();
      }
    },
    finish: () => stream.end(),
    resume: () => void stream.resume(),
    [Symbol.dispose]: () => {
      stream.on("error", () => undefined); // cancelling makes one
      stream.cancel();
      client.close();
    },
  };
}

function rejectOnAbort(signal: AbortSignal, until: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(AppError.from(signal.reason, "ABORTED")), { once: true, signal: until });
  });
}

/** The channel's side of trust; `grpc.ssl_target_name_override` is the name that the certificate must bear. */
export function channelCredentials(trust: TlsTrust | undefined): ChannelCredentials {
  return trust === undefined ? credentials.createInsecure() : credentials.createFromSecureContext(trust.context);
}

/** See above. */
export function nameOverride(trust: TlsTrust | undefined): Readonly<Record<string, string>> {
  return trust === undefined
    ? {}
    : { "grpc.ssl_target_name_override": trust.serverName, "grpc.default_authority": trust.serverName };
}

/** Statuses with which a collector says no for a reason that does not pass by itself. */
const refusals: ReadonlyMap<status, ErrorCode> = new Map([
  [status.UNIMPLEMENTED, "PROTOCOL_VERSION"], // it speaks another revision of the protocol
  [status.FAILED_PRECONDITION, "PEER_REFUSED"],
  [status.INVALID_ARGUMENT, "PEER_REFUSED"],
  [status.ALREADY_EXISTS, "IDENTITY_CLONED"], // another machine bears our name
  [status.PERMISSION_DENIED, "IDENTITY_MISMATCH"],
  [status.UNAUTHENTICATED, "IDENTITY_REFUSED"],
  [status.RESOURCE_EXHAUSTED, "PEER_REFUSED"],
]);

function streamError(target: string, error: ServiceError): AppError {
  const code = refusals.get(error.code);
  if (code === undefined)
    return new AppError("PEER_UNREACHABLE", `cannot reach the collector at ${target}: ${reasonOf(error)}`, { cause: error });
  const verb = code === "PROTOCOL_VERSION" ? ":" : " refused:";
  return new AppError(code, `the collector at ${target}${verb} ${error.details}`, { cause: error });
}

/** grpc-js wraps the system's own words into many of its own. */
function reasonOf(error: ServiceError): string {
  return /Last error: (?:Error: )?(.*?)\. Resolution note:/.exec(error.details)?.[1] ?? error.details;
}
