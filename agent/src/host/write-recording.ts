/** Writes a recording as a folder that looks like the host's root filesystem. */
import { mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { AppError, systemErrorCode } from "@nodekeeper/shared";
import { hostError } from "./host-error.ts";
import { recordingFolder, recordingPath } from "./recording.ts";
import type { RecordingContent } from "./recording-content.ts";

/** Makes a folder that only its owner can read; one that is there must be empty. */
export async function makeEmptyFolder(folder: string): Promise<void> {
  try {
    // Not recursive: below /proc that never ends.
    await mkdir(folder, { mode: 0o700 });
    return;
  } catch (thrown) {
    if (systemErrorCode(thrown) !== "EEXIST") throw cannotMake(folder, thrown);
  }
  try {
    if ((await readdir(folder)).length === 0) return;
  } catch (thrown) {
    throw hostError(thrown, "list", folder);
  }
  throw new AppError(
    "DIRECTORY_NOT_WRITABLE",
    `cannot record into ${folder}: it is not empty; name a folder that is not there yet`,
  );
}

function cannotMake(folder: string, cause: unknown): AppError {
  const reason =
    systemErrorCode(cause) === "ENOENT" ? `${dirname(folder)} is not there` : hostError(cause, "list", folder).message;
  return new AppError("DIRECTORY_NOT_WRITABLE", `cannot record into ${folder}: ${reason}`, { cause });
}

/** Writes everything below a folder. Links become relative, so that they lead into the tree for every reader. */
export async function writeRecording(folder: string, content: RecordingContent): Promise<void> {
  const { files, folders, links, outputs, recording } = content;
  for (const path of folders) await mkdir(join(folder, path), { recursive: true });
  for (const { path, text, encoding } of files) await writeFile(join(folder, path), Buffer.from(text, encoding));
  for (const { path, target } of links) await symlink(relative(dirname(path), target), join(folder, path));
  for (const kind of ["commands", "services"]) await mkdir(join(folder, recordingFolder, kind), { recursive: true });
  for (const { name, text } of outputs) await writeFile(join(folder, recordingFolder, name), text);
  await writeFile(recordingPath(folder), `${JSON.stringify(recording, undefined, 2)}\n`);
}
