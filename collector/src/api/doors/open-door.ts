/** Opens a door: a server of its own in front of the one application. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { ListenOptions, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type Address, AppError, type Clock, type Logger, systemErrorCode } from "@nodekeeper/shared";
import { handshakeTimeoutMs, secureContextOptions } from "../../tls/secure-context.ts";
import type { TlsSource } from "../../tls/tls-source.ts";
import { type Door, type DoorKind, markDoor, type OwnNames } from "./door.ts";
import { type HttpLimits, serverOptionsOf } from "./http-limits.ts";
import { isPatient } from "./patience.ts";

/** What lies behind every door. */
export interface DoorHandlers {
  onRequest(request: IncomingMessage, response: ServerResponse): void;
  onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** What never became a request. */
  onBroken(error: Error, socket: Socket): void;
}

/** What a door is made of. */
export interface DoorOptions {
  readonly kind: DoorKind;
  /** Undefined: plain. */
  readonly tls: TlsSource | undefined;
  /** In the door's URL, in place of the address that it listens on. */
  readonly shownHost?: string | undefined;
  readonly limits: HttpLimits;
  readonly handlers: DoorHandlers;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A door that is open. Disposed, it takes nobody in any more and lets answers that are under way end. */
export interface OpenDoor extends Door, AsyncDisposable {
  /** Undefined for the admin socket. */
  readonly address: Address | undefined;
}

/** Answers under way at the end get so long. */
const closeTimeoutMs = 3_000;

/** Opens a door on an address; port 0 takes any that is free. Throws ADDRESS_IN_USE or CONFIG_INVALID. */
export async function openDoor(listen: Address, namesOf: (port: number) => OwnNames, options: DoorOptions): Promise<OpenDoor> {
  const { host, port } = listen;
  const attempt = `the API cannot listen on ${host}:${port}`;
  return await open(options, listen, attempt, (server) => {
    const bound = server.address();
    const boundPort = typeof bound === "object" && bound !== null ? bound.port : port;
    const names = namesOf(boundPort);
    const scheme = options.tls === undefined ? "http" : "https";
    const { shownHost = host } = options;
    const url = `${scheme}://${shownHost.includes(":") ? `[${shownHost}]` : shownHost}:${boundPort}`;
    return { url, names, address: { host, port: boundPort } };
  });
}

/** Opens a server on whatever can be listened on, and describes it once its place is known. */
export async function open(
  options: DoorOptions,
  place: ListenOptions,
  attempt: string,
  describe: (server: Server) => Pick<OpenDoor, "url" | "names" | "address">,
): Promise<OpenDoor> {
  const { kind, tls, limits, handlers, clock } = options;
  const httpOptions = serverOptionsOf(limits);
  const server =
    tls === undefined
      ? createServer(httpOptions)
      : createTlsServer({ ...httpOptions, ...secureContextOptions(tls.current), handshakeTimeout: handshakeTimeoutMs });
  server.maxConnections = limits.maximumConnections;
  server.timeout = limits.connectionTimeoutMs;
  server.on("timeout", (socket: Socket) => isPatient(socket) || socket.destroy());
  await listening(server, place, attempt);
  server.on("error", (err) => options.logger.error({ err, door: kind }, "a connection to the API could not be taken"));
  const door = { kind, ...describe(server) };
  server.on("request", (request, response) => {
    markDoor(request, door);
    handlers.onRequest(request, response);
  });
  server.on("upgrade", (request, socket, head) => {
    markDoor(request, door);
    handlers.onUpgrade(request, socket, head);
  });
  server.on("clientError", (error, socket: Socket) => handlers.onBroken(error, socket)); // of a server, it is one
  const renewal = tls?.onChanged((material) => {
    if ("setSecureContext" in server) server.setSecureContext(secureContextOptions(material)); // open connections go on as they are
  });

  return {
    ...door,
    async [Symbol.asyncDispose]() {
      renewal?.[Symbol.dispose]();
      const done = new AbortController();
      const patience = clock.sleep(closeTimeoutMs, done.signal).then(
        () => server.closeAllConnections(),
        () => undefined, // closed in time
      );
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      });
      done.abort();
      await patience;
    },
  };
}

function listening(server: Server, place: ListenOptions, attempt: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause) => reject(listenError(cause, attempt)));
    server.listen(place, () => {
      server.removeAllListeners("error");
      resolve();
    });
  });
}

function listenError(cause: unknown, attempt: string): AppError {
  switch (systemErrorCode(cause)) {
    case "EADDRINUSE": {
      const advice = "End the other program, or give the collector another port.";
      return new AppError("ADDRESS_IN_USE", `${attempt}: another program does. ${advice}`, { cause });
    }
    case "EACCES":
      return new AppError("CONFIG_INVALID", `${attempt}: it may not (ports below 1024 are for root).`, { cause });
    case "EADDRNOTAVAIL":
      return new AppError("CONFIG_INVALID", `${attempt}: this machine does not have that address.`, { cause });
    default:
      return AppError.from(cause);
  }
}
