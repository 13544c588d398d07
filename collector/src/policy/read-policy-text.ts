/** The text of a file that people write: of a file only, and never more than it may have. */
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { AppError, systemErrorCode } from "@nodekeeper/shared";

/** A ConfigMap holds a MiB; a policy for thousands of nodes is a page. */
export const maximumPolicyBytes: number = 256 << 10;

/** Reads it; throws CONFIG_INVALID. A pipe or a device is refused, which might never end. `what` is what it is called in messages. */
export async function readPolicyText(file: string, what = "the policy"): Promise<string> {
  try {
    await using handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    if (!(await handle.stat()).isFile()) throw new Error("it is no file");
    const buffer = Buffer.alloc(maximumPolicyBytes + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length < buffer.length; length += read) {
      ({ bytesRead: read } = await handle.read(buffer, length, buffer.length - length));
    }
    // One byte more than it may have says that it is too large, to whoever reads it.
    return buffer.toString("utf8", 0, length);
  } catch (cause) {
    const code = systemErrorCode(cause);
    const message =
      code === "ENOENT" ? "there is no such file" : code === "EACCES" ? "it may not be read" : AppError.from(cause).message;
    throw new AppError("CONFIG_INVALID", `${file}: ${what} cannot be read: ${message}`, { cause });
  }
}
