/** The probing side of the socket between the two processes: few connections, each of them hostile, one of them reading. */
import { chmod, chown } from "node:fs/promises";
import type { Server, Socket } from "node:net";
import { basename, dirname } from "node:path";
import { AppError, type Clock, type Logger } from "@nodekeeper/shared";
import { preparePrivateDirectory } from "./directory.ts";
import { serveConnection } from "./socket-connection.ts";
import { answerRequest, parseRequest } from "./socket-requests.ts";
import type { SpoolReader } from "./spool.ts";
import { listenOnUnixSocket } from "./unix-listener.ts";

/** What is served, and where. */
export interface SpoolServerOptions {
  /** Absolute. Its directory must be its own: it gets mode 0750. */
  readonly path: string;
  /** Id of the reporting process's group; without it the socket has the group of this one. */
  readonly group?: number;
  readonly reader: SpoolReader;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** For metrics. */
export interface SpoolServerStatus {
  readonly connectionCount: number;
  /** Connections that were one too many. */
  readonly refusedCount: number;
  /** Connections that were closed because they broke the protocol. */
  readonly violationCount: number;
}

/** A server that listens; dispose closes all connections and removes the socket. */
export interface SpoolServer extends AsyncDisposable {
  status(): SpoolServerStatus;
}

/** The longest path that a unix socket may have on Linux (sockaddr_un.sun_path, without its terminating zero). */
export const maximumSocketPathBytes = 107;

/** Begins to serve. Throws DIRECTORY_NOT_WRITABLE or ADDRESS_IN_USE with what to do. */
export async function serveSpool(options: SpoolServerOptions): Promise<SpoolServer> {
  const sockets = new Set<Socket>();
  let reading: Socket | undefined;
  let refusedCount = 0;
  let violationCount = 0;

  /** Two readers would each get a part: whoever begins anew is the one, and the one before it is closed. */
  function claim(socket: Socket, isRestart: boolean): void {
    if (reading === socket) return;
    if (!isRestart) throw new AppError("PROTOCOL_VIOLATION", "another connection reads the spool: begin anew");
    reading?.destroy();
    reading = socket;
  }

  async function serve(socket: Socket): Promise<void> {
    if (sockets.size >= maximumConnections) {
      refusedCount++;
      socket.destroy();
      return;
    }
    sockets.add(socket);
    try {
      await serveConnection({
        socket,
        clock: options.clock,
        answer: (request, interrupt, signal) =>
          answerRequest(parseRequest(request), {
            reader: options.reader,
            clock: options.clock,
            interrupt,
            signal,
            claim: (isRestart) => claim(socket, isRestart),
          }),
      });
    } catch (thrown) {
      violationCount++;
      options.logger.warn({ err: thrown }, "a connection to the spool's socket was closed");
    } finally {
      sockets.delete(socket);
      if (reading === socket) reading = undefined;
    }
  }

  const server = await listen(options, (socket) => void serve(socket));
  return {
    status: () => ({ connectionCount: sockets.size, refusedCount, violationCount }),
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** The reporter, its successor during a restart, and somebody who looks. */
const maximumConnections = 4;

async function listen(options: SpoolServerOptions, onConnection: (socket: Socket) => void): Promise<Server> {
  const { path, group } = options;
  await preparePrivateDirectory(dirname(path), {
    what: "the directory of the spool's socket",
    mode: 0o750,
    groupId: group,
    isOurs: (names) => names.every((name) => name === basename(path)),
  });
  try {
    const server = await listenOnUnixSocket(
      path,
      `${path} is in use by another agent: stop it, or give another --socket`,
      onConnection,
    );
    if (group !== undefined) await chown(path, process.geteuid?.() ?? 0, group);
    await chmod(path, 0o660);
    return server;
  } catch (thrown) {
    if (thrown instanceof AppError) throw thrown;
    throw new AppError("DIRECTORY_NOT_WRITABLE", `cannot make the spool's socket ${path}: ${String(thrown)}`, { cause: thrown });
  }
}
