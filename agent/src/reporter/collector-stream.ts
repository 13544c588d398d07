/** One bidirectional gRPC stream to a collector, as an inbox of messages and a way to send with back-pressure. */
import { once } from "node:events";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { Client, credentials, type ServiceError, status } from "@grpc/grpc-js";
import { ConnectRequestSchema, type ConnectResponse } from "@nodekeeper/proto";
import { type ConnectStream, connectMethod } from "@nodekeeper/proto/connect";
import { type Address, AppError } from "@nodekeeper/shared";

/** The stream. Disposing it closes the connection at once. */
export interface CollectorStream extends Disposable {
  /** Sends a message; resolves when there is room for more. */
  send(message: MessageInitShape<typeof ConnectRequestSchema>["message"] & object, signal: AbortSignal): Promise<void>;
  /** Says that nothing more will be sent. */
  finish(): void;
  /** Rejects when the stream ends: with ABORTED when the collector closed it in order, else with why it broke. */
  readonly ended: Promise<never>;
}

/** gRPC settings: a dead peer is noticed within 40 s; grpc-js itself does not retry, the reporter does. */
const channelOptions = {
  "grpc.enable_http_proxy": 0, // the collector is near, and a proxy of the environment is for something else
  "grpc.service_config_disable_resolution": 1, // no TXT record says how we dial
  "grpc.use_local_subchannel_pool": 1, // a new stream is a new connection, without the back-off of the one before it
  "grpc.enable_channelz": 0, // it costs memory and nobody looks
  "grpc.keepalive_time_ms": 30_000,
  "grpc.keepalive_timeout_ms": 10_000,
  "grpc.enable_retries": 0,
  "grpc.max_receive_message_length": 4 * 2 ** 20,
};

/** Dials a collector. `onMessage` gets what it sends; a message that cannot be read ends the stream. */
export function openCollectorStream(address: Address, onMessage: (message: ConnectResponse["message"]) => void): CollectorStream {
  const target = address.host.includes(":") ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
  const client = new Client(target, credentials.createInsecure(), channelOptions);
  const { path, requestSerialize, responseDeserialize } = connectMethod;
  const stream: ConnectStream = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
  const ended = new Promise<never>((_, reject) => {
    stream.on("error", (error: ServiceError) => reject(streamError(target, error)));
    stream.on("end", () => reject(new AppError("ABORTED", `the collector at ${target} closed the stream`)));
  });
  ended.catch(() => undefined); // whoever waits for it is told; nobody needs to
  stream.on("data", (response: ConnectResponse) => onMessage(response.message));
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

/** Statuses with which a collector says no for a reason that does not pass by itself. */
const refusals: ReadonlySet<status> = new Set([
  status.UNIMPLEMENTED, // it speaks another revision of the protocol
  status.FAILED_PRECONDITION,
  status.INVALID_ARGUMENT,
  status.ALREADY_EXISTS, // another machine bears our name
  status.PERMISSION_DENIED,
  status.UNAUTHENTICATED,
  status.RESOURCE_EXHAUSTED,
]);

function streamError(target: string, error: ServiceError): AppError {
  if (error.code === status.UNIMPLEMENTED)
    return new AppError("PROTOCOL_VERSION", `the collector at ${target}: ${error.details}`, { cause: error });
  if (refusals.has(error.code))
    return new AppError("PEER_REFUSED", `the collector at ${target} refused: ${error.details}`, { cause: error });
  return new AppError("PEER_UNREACHABLE", `cannot reach the collector at ${target}: ${reasonOf(error)}`, { cause: error });
}

/** grpc-js wraps the system's own words into many of its own. */
function reasonOf(error: ServiceError): string {
  return /Last error: (?:Error: )?(.*?)\. Resolution note:/.exec(error.details)?.[1] ?? error.details;
}
