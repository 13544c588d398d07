/** A host that has nothing but time and the files that a test gives it. */
import { AppError, type Clock } from "@nodekeeper/shared";
import type { Host } from "../host/host.ts";

/** Reads from `files`; everything else is not supported. */
export function createFakeHost(clock: Clock, files: Readonly<Record<string, string>> = {}, root = "/"): Host {
  const unsupported = async (): Promise<never> => {
    throw new AppError("HOST_NOT_SUPPORTED", "this host has only files");
  };
  return {
    root,
    isLive: false,
    readText: async (path) => {
      const text = files[path];
      if (text === undefined) throw new AppError("HOST_FILE_MISSING", `${path} is not there`);
      return text;
    },
    list: unsupported,
    realPath: unsupported,
    statFilesystem: unsupported,
    statRemoteFilesystem: unsupported,
    ask: unsupported,
    follow: unsupported,
    fileHolders: async () => [],
    battery: unsupported,
    run: unsupported,
    noteUsbReset: () => undefined,
    openKernelLog: async () => {
      throw new AppError("HOST_FILE_MISSING", "/dev/kmsg is not there");
    },
    time: async () => ({ wallMs: clock.wallMs(), uptimeMs: clock.monotonicMs() }),
  };
}
