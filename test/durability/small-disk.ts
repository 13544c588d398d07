/**
 * A filesystem that can be filled without harm: a few megabytes in memory, mounted in a mount namespace of its own, so that no mount is left
 * behind however the test ends. Where we are not root, a user namespace gives the right to mount.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, open, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { findTool, tryTool } from "../vm/tool.ts";

export interface SmallDisk extends AsyncDisposable {
  /** Its mount point, as a program sees it that is started by way of `enter`. */
  readonly folder: string;
  /** The same folder as everybody else sees it. */
  readonly outside: string;
  /** Comes before the command line of such a program. */
  readonly enter: readonly string[];
  /** Writes a file until not one more byte fits. */
  fill(): Promise<void>;
  /** Removes that file. */
  free(): Promise<void>;
  /** Copies all files out; no program must write meanwhile. */
  copyTo(target: string): Promise<void>;
}

const namespaces = process.getuid?.() === 0 ? ["--mount"] : ["--user", "--map-root-user", "--mount"];
const fillerName = "filler";

/** Why there can be none here; undefined when there can. */
export async function missingForSmallDisks(): Promise<string | undefined> {
  if (findTool("unshare") === undefined || findTool("nsenter") === undefined) {
    return "unshare and nsenter are not installed (Debian: apt-get install util-linux)";
  }
  const result = await tryTool("unshare", [...namespaces, "mount", "-t", "tmpfs", "tmpfs", "/mnt"]);
  return result.exitCode === 0 ? undefined : `no mount namespace of our own: ${result.stderr.trim()}`;
}

/** Mounts an empty one of a size over a folder. */
export async function mountSmallDisk(folder: string, sizeBytes: number): Promise<SmallDisk> {
  await mkdir(folder, { recursive: true });
  // This shell has the mount as long as it lives; its standard input ends when the test does, and then it ends too.
  const script = `mount -t tmpfs -o size=${sizeBytes} tmpfs "$0" && echo mounted && read _`;
  const holder = spawn(findTool("unshare") ?? "unshare", [...namespaces, "sh", "-c", script, folder], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  await Promise.race([
    once(holder.stdout, "data"),
    once(holder, "exit").then(() => Promise.reject(new Error("nothing was mounted"))),
  ]);
  // Through the holder's root we see the folder as it does.
  const inside = join("/proc", String(holder.pid), "root", folder);
  const filler = join(inside, fillerName);
  const enterUser = namespaces.includes("--user") ? ["--user", "--preserve-credentials"] : [];
  return {
    folder,
    outside: inside,
    enter: [findTool("nsenter") ?? "nsenter", "--target", String(holder.pid), ...enterUser, "--mount", "--"],
    fill: () => writeUntilFull(filler),
    free: () => rm(filler),
    async copyTo(target) {
      await mkdir(target, { recursive: true });
      for (const entry of await readdir(inside, { withFileTypes: true })) {
        if (entry.isFile()) await copyFile(join(inside, entry.name), join(target, entry.name)); // the admin socket stays behind
      }
    },
    [Symbol.asyncDispose]: () => end(holder),
  };
}

async function writeUntilFull(path: string): Promise<void> {
  await using file = await open(path, "a");
  for (let chunk = Buffer.alloc(1 << 16); chunk.length > 0; ) {
    const isWritten = await file.appendFile(chunk).then(
      () => true,
      () => false,
    );
    chunk = isWritten ? chunk : chunk.subarray(0, chunk.length >> 1); // the last room is smaller than a chunk
  }
}

async function end(holder: ChildProcess): Promise<void> {
  if (holder.exitCode === null && holder.signalCode === null) {
    holder.stdin?.end();
    await once(holder, "exit");
  }
}
