/**
 * The admin socket: whoever may open the file may do everything, so that the file is for its owner alone (0600). It is bound in a folder that
 * only its owner may enter and then moved to its place: at no moment can anybody else open it, and one that a dead collector left is replaced.
 */
import { chmod, lstat, mkdir, rename, rm } from "node:fs/promises";
import { connect } from "node:net";
import { dirname, join, resolve } from "node:path";
import { AppError, systemErrorCode } from "@nodekeeper/shared";
import { type DoorOptions, type OpenDoor, open } from "./open-door.ts";
import { socketNames } from "./own-names.ts";

/** sun_path of Linux has 108 bytes, the last of which is 0. */
const maximumPathBytes = 107;
/** What is added to the path while the socket is being made. */
const makingSuffix = ".new/s";

/** Opens the socket. Throws ADDRESS_IN_USE where a collector listens there, or CONFIG_INVALID. */
export async function openAdminSocket(path: string, options: Omit<DoorOptions, "kind" | "tls">): Promise<OpenDoor> {
  const file = resolve(path);
  requireFit(file);
  await requireFree(file);
  const making = `${file}.new`;
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await rm(making, { recursive: true, force: true });
    await mkdir(making, { mode: 0o700 });
  } catch (cause) {
    throw cannotBeMade(file, cause);
  }
  const made = join(making, "s");
  const describe = () => ({ url: `unix:${file}`, names: socketNames, address: undefined });
  const door = await open({ ...options, kind: "admin", tls: undefined }, { path: made }, `the admin socket ${file}`, describe);
  try {
    await chmod(made, 0o600);
    await rename(made, file);
    await rm(making, { recursive: true, force: true });
  } catch (cause) {
    await door[Symbol.asyncDispose]();
    throw cannotBeMade(file, cause);
  }
  return {
    ...door,
    async [Symbol.asyncDispose]() {
      await rm(file, { force: true });
      await door[Symbol.asyncDispose]();
    },
  };
}

function cannotBeMade(file: string, cause: unknown): AppError {
  const why = systemErrorCode(cause) ?? "unknown";
  return new AppError(
    "CONFIG_INVALID",
    `the admin socket ${file} cannot be made (${why}): name another with --admin-socket, or none`,
    {
      cause,
    },
  );
}

function requireFit(file: string): void {
  const bytes = Buffer.byteLength(file) + makingSuffix.length;
  if (bytes <= maximumPathBytes) return;
  throw new AppError(
    "CONFIG_INVALID",
    `the path of the admin socket is longer than Linux takes (${maximumPathBytes - makingSuffix.length} bytes): ${file}. ` +
      "Name a shorter one with --admin-socket, or none.",
  );
}

async function requireFree(file: string): Promise<void> {
  const found = await lstat(file).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isSocket()) {
    throw new AppError("CONFIG_INVALID", `${file} is there and is no socket: name another admin socket with --admin-socket`);
  }
  if (await isAnswered(file)) {
    throw new AppError("ADDRESS_IN_USE", `a collector listens on ${file} already: end it, or name another with --admin-socket`);
  }
}

/** Whether somebody listens there. A dead one's socket refuses. */
function isAnswered(file: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect(file, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", (cause) => {
      if (systemErrorCode(cause) === "ECONNREFUSED" || systemErrorCode(cause) === "ENOENT") return resolve(false);
      reject(
        new AppError(
          "CONFIG_INVALID",
          `${file} is somebody else's socket (${systemErrorCode(cause) ?? "unknown"}): name another`,
          { cause },
        ),
      );
    });
  });
}
