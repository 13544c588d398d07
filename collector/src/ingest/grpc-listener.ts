/**
 * grpc-js as a listener: an address that is bound, a function per call, an end within a time. The socket that listens is ours, so that connections can
 * be limited and are all ended at the end; grpc-js gets the connections.
 */
import { createServer, type Socket, type Server as SocketServer } from "node:net";
import { logVerbosity, Server, ServerCredentials, setLogVerbosity } from "@grpc/grpc-js";
import { type Address, AppError, type Clock, systemErrorCode } from "@nodekeeper/shared";
import type { DoorOptions } from "./door.ts";
import { endIdleConnections } from "./idle-connections.ts";
import { ServedCredentials, streamsPerConnection } from "./served-credentials.ts";

/** A listener. */
export interface GrpcListener {
  readonly port: number;
  /** Takes no more calls, lets those that are there end, and ends those that do not. */
  close(): Promise<void>;
}

/** A message larger than this is refused with RESOURCE_EXHAUSTED. */
export const maximumMessageBytes: number = 4 * 2 ** 20;

/** Connections at the same time, of agents and of others; more are closed at once. */
const maximumConnections = 25_000;
/** New connections of one turn of the event loop. */
const connectionsPerTurn = 4;
/** A dead connection is noticed within a minute. */
const keepaliveMs = 30_000;
const keepaliveTimeoutMs = 20_000;
/** A connection on which nobody opens a stream is told to go: from this machine, and from anywhere. */
const idleLocalMs = 5 * 60_000;
const idlePublicMs = 30_000;
/** One that does not go is ended so much later. */
const idleGraceMs = 5_000;
/** What one connection may hold in memory in MB: a message that is being read and what waits to be sent. */
const connectionMemoryMb = 16;
/** Calls get so long to end. */
const closeMs = 2_000;

/** Listens. Throws ADDRESS_IN_USE, or CONFIG_INVALID for an address that this machine does not have. */
export async function listenForCalls({ listen, tls, services }: DoorOptions, clock: Clock): Promise<GrpcListener> {
  setLogVerbosity(logVerbosity.NONE); // what it would print comes to us as errors, and our logs are JSON
  const maximumIdleMs = tls === undefined ? idleLocalMs : idlePublicMs;
  const server = new Server({
    "grpc.max_receive_message_length": maximumMessageBytes,
    "grpc.max_concurrent_streams": streamsPerConnection,
    "grpc.keepalive_time_ms": keepaliveMs,
    "grpc.keepalive_timeout_ms": keepaliveTimeoutMs,
    "grpc.max_connection_idle_ms": maximumIdleMs,
    "grpc-node.max_session_memory": connectionMemoryMb,
    "grpc.enable_channelz": 0, // an account of each connection that nobody reads
  });
  const idle = endIdleConnections(maximumIdleMs + idleGraceMs, clock);
  for (const { definition, handlers } of services(idle.keep)) server.addService(definition, handlers);

  const served = tls === undefined ? undefined : new ServedCredentials(tls.current);
  const injector = server.createConnectionInjector(served ?? ServerCredentials.createInsecure());
  const connections = new Set<Socket>();
  const arriving: Socket[] = [];
  const sockets = createServer({ noDelay: true }, (socket) => {
    connections.add(socket);
    idle.opened(socket);
    socket.on("close", () => connections.delete(socket));
    socket.on("error", () => undefined); // its stream is told by grpc-js; before there is one, nobody needs to know
    arriving.push(socket);
    if (arriving.length === 1) setImmediate(takeSome);
  });
  sockets.maxConnections = maximumConnections;
  const port = await bind(sockets, listen).catch((thrown: unknown) => {
    idle[Symbol.dispose]();
    throw thrown;
  });
  const following = tls?.onChanged((material) => served?.replace(material));

  return {
    port,
    async close() {
      following?.[Symbol.dispose]();
      idle[Symbol.dispose]();
      const patience = new AbortController();
      const closed = new Promise<void>((resolve) => sockets.close(() => resolve()));
      const shut = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
      clock.sleep(closeMs, patience.signal).then(
        () => {
          server.forceShutdown();
          for (const socket of connections) socket.destroy();
        },
        () => undefined, // closed in time
      );
      await Promise.all([closed, shut]);
      patience.abort();
    },
  };

  /** Handshakes are the dearest thing that anybody can ask for: between some of them everybody else has a turn. */
  function takeSome(): void {
    for (const socket of arriving.splice(0, connectionsPerTurn)) if (!socket.destroyed) injector.injectConnection(socket);
    if (arriving.length > 0) setImmediate(takeSome);
  }
}

function bind(sockets: SocketServer, { host, port }: Address): Promise<number> {
  const authority = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  return new Promise((resolve, reject) => {
    const fail = (cause: Error): void => {
      const what = `the collector cannot listen for agents on ${authority}`;
      const code = systemErrorCode(cause);
      if (code === "EADDRINUSE") {
        const advice = "another program does. End the other program, or give the collector another port.";
        reject(new AppError("ADDRESS_IN_USE", `${what}: ${advice}`, { cause }));
      } else if (code === "EADDRNOTAVAIL" || code === "EACCES" || code === "ENOTFOUND") {
        reject(new AppError("CONFIG_INVALID", `${what}: ${cause.message}`, { cause }));
      } else reject(AppError.from(cause));
    };
    sockets.on("error", fail);
    sockets.listen({ host, port, backlog: 4_096 }, () => {
      sockets.off("error", fail);
      sockets.on("error", () => undefined); // a connection that could not be accepted; the next one may be
      const bound = sockets.address();
      resolve(bound !== null && typeof bound === "object" ? bound.port : port);
    });
  });
}
