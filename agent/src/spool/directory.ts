/** Directories that are ours alone. A directory that may be somebody else's is never changed: its mode would be, for everyone on the machine. */
import { existsSync } from "node:fs";
import { chmod, chown, mkdir, readdir, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { AppError, systemErrorCode } from "@nodekeeper/shared";

/** Whose it is to be. */
export interface DirectoryOptions {
  /** For people: "the spool's directory". */
  readonly what: string;
  readonly mode: number;
  /** Group to give it to; undefined leaves it. */
  readonly groupId?: number | undefined;
  /** Whether a directory with these names in it is ours. An empty one is. */
  readonly isOurs: (names: readonly string[]) => boolean;
}

/** Makes the directory, or gives an existing one of ours the right mode. Throws DIRECTORY_NOT_WRITABLE with what to do. */
export async function preparePrivateDirectory(path: string, options: DirectoryOptions): Promise<void> {
  const { what, mode, groupId } = options;
  try {
    await makeEach(resolve(path), mode);
    const found = await stat(path);
    const isRight = (found.mode & 0o777) === mode && (groupId === undefined || found.gid === groupId);
    if (isRight && found.uid === process.geteuid?.()) return;
    const names = await readdir(path);
    if (found.uid !== process.geteuid?.()) throw refusal(path, what, "it belongs to another user");
    if (names.length > 0 && !options.isOurs(names))
      throw refusal(path, what, `it is open to others and holds other things (${names[0]})`);
    await chmod(path, mode);
    if (groupId !== undefined) await chown(path, found.uid, groupId);
  } catch (thrown) {
    if (thrown instanceof AppError) throw thrown;
    throw new AppError("DIRECTORY_NOT_WRITABLE", `cannot use ${path} as ${what}: ${reasonOf(thrown)}`, { cause: thrown });
  }
}

/** Node's own recursive mkdir never ends where a folder can be looked into but not be made, as under /proc. */
async function makeEach(path: string, mode: number): Promise<void> {
  if (existsSync(path)) return;
  await makeEach(dirname(path), mode);
  await mkdir(path, { mode });
}

function refusal(path: string, what: string, why: string): AppError {
  return new AppError("DIRECTORY_NOT_WRITABLE", `cannot use ${path} as ${what}: ${why}. Give a directory of its own`);
}

function reasonOf(thrown: unknown): string {
  switch (systemErrorCode(thrown)) {
    case "EACCES":
    case "EPERM":
      return "permission denied";
    case "EROFS":
      return "the filesystem is read-only";
    case "ENOSPC":
      return "the disk is full";
    case "ENOTDIR":
    case "EEXIST":
      return "there is a file of that name in the way";
    default:
      return thrown instanceof Error ? thrown.message : String(thrown);
  }
}
