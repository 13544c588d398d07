/**
 * Keeps a second process out of a directory. The lock is a unix socket in it on which its owner listens: the kernel takes it back when the
 * process ends, however it ends, and it is seen from other containers too, which a process id is not.
 */
import { type FileHandle, open, rm } from "node:fs/promises";
import { connect, createServer, type Server } from "node:net";
import { join } from "node:path";
import { AppError, systemErrorCode } from "@nodekeeper/shared";

/** Name of the socket in the directory. */
export const lockFileName = "lock";

/** Takes the lock; it is given back on dispose. Throws ADDRESS_IN_USE when another process has it. */
export async function lockDirectory(path: string): Promise<AsyncDisposable> {
  const directory = await open(path, "r");
  // A socket's path may have 107 bytes; this one is short however deep the directory lies.
  const shortPath = `/proc/self/fd/${directory.fd}/${lockFileName}`;
  try {
    const server = await listenOrTakeOver(shortPath, path);
    return { [Symbol.asyncDispose]: () => unlock(server, directory, path) };
  } catch (thrown) {
    await directory.close();
    throw thrown;
  }
}

async function unlock(server: Server, directory: FileHandle, path: string): Promise<void> {
  await new Promise((resolve) => server.close(resolve));
  await directory.close();
  await rm(join(path, lockFileName), { force: true });
}

async function listenOrTakeOver(shortPath: string, path: string): Promise<Server> {
  try {
    return await listen(shortPath);
  } catch (thrown) {
    if (systemErrorCode(thrown) !== "EADDRINUSE") {
      throw new AppError("DIRECTORY_NOT_WRITABLE", `cannot make a lock in ${path}: ${String(thrown)}`, { cause: thrown });
    }
  }
  if (await isAnswering(shortPath)) {
    throw new AppError("ADDRESS_IN_USE", `${path} is in use by another agent: stop it, or give this one a directory of its own`);
  }
  await rm(shortPath, { force: true }); // left by a process that was killed
  return listen(shortPath);
}

function listen(path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", reject);
    server.listen(path, () => resolve(server.unref()));
  });
}

function isAnswering(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => resolve(true));
    socket.once("error", () => resolve(false));
    socket.once("close", () => socket.destroy());
  });
}
