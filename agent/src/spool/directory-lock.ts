/**
 * Keeps a second process out of a directory. The lock is a unix socket in it on which its owner listens: the kernel takes it back when the
 * process ends, however it ends, and it is seen from other containers too, which a process id is not.
 */
import { type FileHandle, open, rm } from "node:fs/promises";
import type { Server } from "node:net";
import { join } from "node:path";
import { AppError } from "@nodekeeper/shared";
import { listenOnUnixSocket } from "./unix-listener.ts";

/** Name of the socket in the directory. */
export const lockFileName = "lock";

/** Takes the lock; it is given back on dispose. Throws ADDRESS_IN_USE when another process has it. */
export async function lockDirectory(path: string): Promise<AsyncDisposable> {
  const directory = await open(path, "r");
  try {
    // A socket's path may have 107 bytes; this one is short however deep the directory lies.
    const shortPath = `/proc/self/fd/${directory.fd}/${lockFileName}`;
    const inUse = `${path} is in use by another agent: stop it, or give this one a directory of its own`;
    const server = await listenOnUnixSocket(shortPath, inUse, (socket) => socket.destroy());
    server.unref();
    return { [Symbol.asyncDispose]: () => unlock(server, directory, path) };
  } catch (thrown) {
    await directory.close();
    if (thrown instanceof AppError) throw thrown;
    throw new AppError("DIRECTORY_NOT_WRITABLE", `cannot make a lock in ${path}: ${String(thrown)}`, { cause: thrown });
  }
}

async function unlock(server: Server, directory: FileHandle, path: string): Promise<void> {
  await new Promise((resolve) => server.close(resolve));
  await directory.close();
  await rm(join(path, lockFileName), { force: true });
}
