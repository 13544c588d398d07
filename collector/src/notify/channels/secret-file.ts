/** Secrets of channels. They lie in files, which are read anew each time: a Secret that was changed is in force at once. */
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { AppError, systemErrorCode } from "@nodekeeper/shared";

/** Longer is no secret that any of these services gives. */
const maximumBytes = 8_192;

/** Its one line; throws CONFIG_INVALID, which names the file and nothing of what it holds. */
export async function readSecret(file: string): Promise<string> {
  const text = await read(file);
  const secret = text.trim();
  if (secret === "") throw new AppError("CONFIG_INVALID", `${file} is empty; it should hold the secret`);
  if (/[\p{Cc}]/u.test(secret)) throw new AppError("CONFIG_INVALID", `${file} should hold one line`);
  return secret;
}

/** The URL that a file holds; throws CONFIG_INVALID. */
export async function readSecretUrl(file: string): Promise<URL> {
  const text = await readSecret(file);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && ["https:", "http:"].includes(url.protocol) && url.username + url.password === "") return url;
  throw new AppError("CONFIG_INVALID", `${file} should hold a URL, https://…, without a user and a password`);
}

async function read(file: string): Promise<string> {
  try {
    await using handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    if (!(await handle.stat()).isFile()) throw new Error("it is no file");
    const buffer = Buffer.alloc(maximumBytes + 1);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length);
    if (bytesRead > maximumBytes) throw new Error("it is too large for a secret");
    return buffer.toString("utf8", 0, bytesRead);
  } catch (cause) {
    const code = systemErrorCode(cause);
    const reason =
      code === "ENOENT" ? "there is no such file" : code === "EACCES" ? "it may not be read" : AppError.from(cause).message;
    throw new AppError("CONFIG_INVALID", `${file} cannot be read: ${reason}`, { cause });
  }
}
