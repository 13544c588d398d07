/** Asks mounted filesystems for their usage and errors, so that one that hangs costs the others nothing. */
import { AppError } from "@nodekeeper/shared";
import type { FilesystemUsage, Host } from "../../../host/host.ts";
import { type Reading, readFile } from "../../../host/reading.ts";
import { forEachLimited } from "../for-each-limited.ts";
import type { FilesystemAnswers } from "./filesystem-subject.ts";
import type { LocatedFilesystem } from "./locate-filesystems.ts";

/** Enough that a few mounts that hang do not hold up the others, and few enough that no flood of children starts. */
const maximumAtOnce = 4;

/** What one remote mount has, unless so many are there that all of them hanging would take longer than the probe has. */
const remoteTimeoutMs = 5_000;
const allRemoteTimeoutMs = 20_000;

/** Local ones are asked by themselves, and do not queue behind remote ones that do not answer. */
export async function askFilesystems(
  host: Host,
  filesystems: readonly LocatedFilesystem[],
  signal: AbortSignal,
): Promise<FilesystemAnswers> {
  const usages = new Map<string, FilesystemUsage | AppError>();
  const errorCounts = new Map<string, Reading>();
  const remote = filesystems.filter(({ isRemote }) => isRemote);
  const timeoutMs = Math.min(remoteTimeoutMs, Math.floor((allRemoteTimeoutMs * maximumAtOnce) / Math.max(remote.length, 1)));
  const ask = async (mountPoint: string, question: () => Promise<FilesystemUsage>): Promise<void> => {
    signal.throwIfAborted();
    usages.set(mountPoint, await question().catch((thrown: unknown) => AppError.from(thrown, "HOST_READ_FAILED")));
  };
  await Promise.all([
    forEachLimited(remote, maximumAtOnce, ({ mountPoint }) =>
      ask(mountPoint, () => host.statRemoteFilesystem(mountPoint, { timeoutMs, signal })),
    ),
    forEachLimited(
      filesystems.filter(({ isRemote }) => !isRemote),
      maximumAtOnce,
      ({ mountPoint }) => ask(mountPoint, () => host.statFilesystem(mountPoint)),
    ),
    forEachLimited(filesystems, maximumAtOnce, async ({ mountPoint, type, location }) => {
      const path = `/sys/fs/ext4/${location?.name}/errors_count`;
      if (location !== undefined && /^ext[234]$/.test(type)) errorCounts.set(mountPoint, await readFile(host, path));
    }),
  ]);
  return { usages, errorCounts };
}
