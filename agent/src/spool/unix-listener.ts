/** Listens on a unix socket, also where a process that was killed left one behind. */
import { rm } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { AppError, systemErrorCode } from "@nodekeeper/shared";

/** Listens. Throws ADDRESS_IN_USE with `inUse` when somebody answers there already, and the system's error when it cannot listen at all. */
export async function listenOnUnixSocket(path: string, inUse: string, onConnection: (socket: Socket) => void): Promise<Server> {
  try {
    return await listen(path, onConnection);
  } catch (thrown) {
    if (systemErrorCode(thrown) !== "EADDRINUSE") throw thrown;
  }
  if (await isAnswering(path)) throw new AppError("ADDRESS_IN_USE", inUse);
  await rm(path, { force: true });
  return listen(path, onConnection);
}

function listen(path: string, onConnection: (socket: Socket) => void): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer(onConnection);
    server.once("error", reject);
    server.listen(path, () => resolve(server));
  });
}

function isAnswering(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("error", () => resolve(false));
    socket.once("connect", () => {
      resolve(true);
      socket.destroy();
    });
  });
}
