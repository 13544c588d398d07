/** `nodekeeper backup`: a verified copy of the database, in a file of this machine. */
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { AppError, stringOption, switchOption, systemClock, systemErrorCode } from "@nodekeeper/shared";
import { formatSeconds, formatSize } from "@nodekeeper/shared/format";
import { type Command, defineCommand, exitCodes } from "../command.ts";

/** The command. The file is there whole or not at all. */
export const backup: Command = defineCommand({
  name: "backup",
  operands: [],
  summary: "copy the database into a file, while everything goes on",
  options: {
    output: stringOption({ description: "file to write; only its owner may read it", placeholder: "FILE" }),
    force: switchOption({ description: "overwrite a file that is there" }),
  },
  async run({ transport, options, terminal, signal }) {
    const file = resolve(options.output);
    const startedAtMs = systemClock.monotonicMs();
    const bytes = await write(file, options.force, (take) => transport.download("/api/v1/backup", take, signal));
    const seconds = (systemClock.monotonicMs() - startedAtMs) / 1000;
    const text = `${terminal.paint("good", "backed up")}: ${formatSize(bytes)} in ${formatSeconds(seconds)}, ${file}`;
    return { json: { file, bytes, seconds }, text, exitCode: exitCodes.ok };
  },
});

type Download = (take: (part: Buffer) => Promise<void>) => Promise<void>;

/** Writes beside the file and moves it there when it is whole and on the disk. Gives the bytes. */
async function write(file: string, isForced: boolean, download: Download): Promise<number> {
  if (!isForced) await refuseExisting(file);
  const part = `${file}.part`;
  await attempt(file, () => rm(part, { force: true })); // one that was broken off left it
  const handle = await attempt(file, () => open(part, "wx", 0o600)); // in /tmp nobody else's file, and no link to one
  try {
    let bytes = 0;
    await download(async (chunk) => {
      await attempt(file, () => writeAll(handle, chunk));
      bytes += chunk.byteLength;
    });
    await handle.sync();
    await handle.close();
    await attempt(file, () => rename(part, file));
    await syncFolder(dirname(file));
    return bytes;
  } catch (thrown) {
    await handle.close();
    await rm(part, { force: true });
    throw thrown;
  }
}

async function writeAll(handle: FileHandle, chunk: Buffer): Promise<void> {
  for (let offset = 0; offset < chunk.byteLength; ) offset += (await handle.write(chunk, offset)).bytesWritten;
}

async function refuseExisting(file: string): Promise<void> {
  const existing = await open(file, "r").catch(() => undefined);
  if (existing === undefined) return;
  await existing.close();
  throw new AppError("CONFIG_INVALID", `${file} is there already: choose another name, or overwrite it with --force`);
}

async function attempt<Result>(file: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    throw new AppError("DIRECTORY_NOT_WRITABLE", `${file} cannot be written (${systemErrorCode(cause) ?? "unknown"})`, { cause });
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  await handle.sync().catch(() => undefined); // some file systems cannot, and need not
  await handle.close();
}
