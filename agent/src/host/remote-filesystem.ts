/**
 * Usage of network, FUSE and CSI mounts. Asking one whose server is gone puts the caller into an uninterruptible sleep, so a short-lived
 * `stat -f` asks; it can be left behind.
 */
import { AppError } from "@nodekeeper/shared";
import { statFormat } from "./commands.ts";
import type { CommandRunner } from "./exec.ts";
import type { FilesystemUsage, RunOptions } from "./host.ts";

/** Asks for the mount at `realPath`, which is `hostPath` on the host. No link is followed: looking at the path could hang by itself. */
export async function statRemoteFilesystem(
  runner: CommandRunner,
  realPath: string,
  hostPath: string,
  options: RunOptions,
): Promise<FilesystemUsage> {
  const { exitCode, stdout, stderr } = await askStat(runner, realPath, hostPath, options);
  if (exitCode !== 0) throw new AppError("HOST_COMMAND_FAILED", `cannot measure ${hostPath}: ${stderr.trim()}`);
  const [blockSize = 0, blocks = 0, free = 0, available = 0, inodesTotal = 0, inodesFree = 0] = numbersOf(stdout, hostPath);
  return {
    sizeBytes: blocks * blockSize,
    freeBytes: free * blockSize,
    availableBytes: available * blockSize,
    inodesTotal,
    inodesFree,
  };
}

async function askStat(
  runner: CommandRunner,
  realPath: string,
  hostPath: string,
  options: RunOptions,
): ReturnType<CommandRunner["run"]> {
  try {
    return await runner.run("stat", ["-f", "-c", statFormat, realPath], options);
  } catch (thrown) {
    const error = AppError.from(thrown);
    if (error.code !== "HOST_COMMAND_TIMEOUT" && error.code !== "HOST_QUARANTINED") throw error;
    throw new AppError("HOST_MOUNT_NOT_RESPONDING", `${hostPath} does not respond: ${reasonOf(error)}`, { cause: error });
  }
}

/** Without the command line, which says nothing to whoever looks after the mount. */
function reasonOf({ message }: AppError): string {
  return message.slice(message.lastIndexOf(": ") + 1).trim();
}

function numbersOf(stdout: string, hostPath: string): readonly number[] {
  const words = stdout.trim().split(" ");
  if (words.length === statFormat.split(" ").length && words.every((word) => /^\d+$/.test(word))) return words.map(Number);
  throw new AppError("HOST_ANSWER_MALFORMED", `cannot measure ${hostPath}: stat answered ${JSON.stringify(stdout.slice(0, 80))}`);
}
