/** grpc-js as a listener: an address that is bound, a function per call, an end within a time. */
import { logVerbosity, Server, ServerCredentials, setLogVerbosity } from "@grpc/grpc-js";
import { type Address, AppError, type Clock } from "@nodekeeper/shared";
import { type Call, serviceDefinition } from "./wire.ts";

/** A listener. */
export interface GrpcListener {
  readonly port: number;
  /** Takes no more calls, lets those that are there end, and ends those that do not. */
  close(): Promise<void>;
}

/** A message larger than this is refused with RESOURCE_EXHAUSTED. */
export const maximumMessageBytes: number = 4 * 2 ** 20;

/** A dead connection is noticed within a minute. */
const keepaliveMs = 30_000;
const keepaliveTimeoutMs = 20_000;
/** A connection on which nobody opens a stream. */
const idleConnectionMs = 5 * 60_000;
/** An agent needs one. */
const streamsPerConnection = 4;
/** Calls get so long to end. */
const closeMs = 2_000;

/** Listens without TLS: the address must be one that only this machine can reach. Throws ADDRESS_IN_USE. */
export async function listenForCalls(listen: Address, clock: Clock, onCall: (call: Call) => void): Promise<GrpcListener> {
  setLogVerbosity(logVerbosity.NONE); // what it would print comes to us as errors, and our logs are JSON
  const server = new Server({
    "grpc.max_receive_message_length": maximumMessageBytes,
    "grpc.max_concurrent_streams": streamsPerConnection,
    "grpc.keepalive_time_ms": keepaliveMs,
    "grpc.keepalive_timeout_ms": keepaliveTimeoutMs,
    "grpc.max_connection_idle_ms": idleConnectionMs,
  });
  server.addService(serviceDefinition(), { connect: onCall });
  const port = await bind(server, listen);
  return {
    port,
    async close() {
      const patience = new AbortController();
      clock.sleep(closeMs, patience.signal).then(
        () => server.forceShutdown(),
        () => undefined, // closed in time
      );
      await new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
      patience.abort();
    },
  };
}

function bind(server: Server, { host, port }: Address): Promise<number> {
  const authority = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  return new Promise((resolve, reject) => {
    server.bindAsync(authority, ServerCredentials.createInsecure(), (cause, boundPort) => {
      if (cause === null) return resolve(boundPort);
      if (!cause.message.includes("EADDRINUSE")) return reject(AppError.from(cause));
      const advice = "End the other program, or give the collector another port.";
      const text = `the collector cannot listen for agents on ${authority}: another program does. ${advice}`;
      return reject(new AppError("ADDRESS_IN_USE", text, { cause }));
    });
  });
}
