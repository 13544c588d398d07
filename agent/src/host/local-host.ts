/** The Host port on the machine where the agent runs, under "/" or under the folder where a container has the host's root. */
import { promises, readdirSync, realpathSync } from "node:fs";
import { AppError, type Clock } from "@nodekeeper/shared";
import { createServiceClient } from "./ask-service.ts";
import { blockingSubject } from "./blocking-subject.ts";
import { createCommandRunner } from "./exec.ts";
import { findFileHolders } from "./file-holders.ts";
import type { FilesystemUsage, Host, OpenedHost } from "./host.ts";
import { type HostAction, hostError } from "./host-error.ts";
import { parseUptime } from "./host-time.ts";
import {
  createKernelTextReader,
  followKernelText,
  kernelLogError,
  kernelLogPath,
  openKernelLogDevice,
} from "./kernel-log-reader.ts";
import { createMemoryFiles } from "./memory-files.ts";
import { createPoolGuard } from "./pool-guard.ts";
import { defaultMaximumBytes, readBounded, readBoundedSync } from "./read-bounded.ts";
import { statRemoteFilesystem } from "./remote-filesystem.ts";
import { resolveInside, resolveInsideSync } from "./resolve-inside.ts";
import { readBattery } from "./system-information.ts";

/** Where the host's root lies for us, and time. */
export interface LocalHostOptions {
  /** An absolute path of a directory. */
  readonly root: string;
  readonly clock: Clock;
}

/** The machine itself. Throws CONFIG_INVALID where the root cannot be opened. */
export function createLocalHost({ root, clock }: LocalHostOptions): OpenedHost {
  const base = physicalRoot(root);
  const prefix = base === "/" ? "" : base;
  const memory = createMemoryFiles(base);
  const guard = createPoolGuard({ clock });
  const runner = createCommandRunner({ clock, root: base });
  const services = createServiceClient({ root: base, clock });

  /** Does at once what cannot block, and everything else by the pool, behind the guard. */
  const look = async <Value>({ action, path, now, later }: Question<Value>): Promise<Value> => {
    const isProc = now !== undefined && path.startsWith("/proc/");
    const isSafe = base === "/" || isProc || memory.isAttribute(path); // no link there leads outside
    try {
      if (now !== undefined) return now(prefix + (isSafe ? path : resolveInsideSync(base, path)));
      const start = async (): Promise<Value> => later(prefix + (isSafe ? path : await resolveInside(base, path)));
      return await guard.call({ subject: blockingSubject(action, path), what: `${action} ${path}`, start });
    } catch (thrown) {
      throw hostError(thrown, action, path);
    }
  };
  const hostPath = (realPath: string): string => realPath.slice(prefix.length) || "/";
  const readText: Host["readText"] = async (path, { maximumBytes = defaultMaximumBytes, blockBytes, encoding, keep } = {}) => {
    const isShortReadTheEnd = !path.startsWith("/proc/");
    const file = { hostPath: path, maximumBytes, blockBytes, encoding, isAttribute: memory.isAttribute(path), isShortReadTheEnd };
    const text = await look({
      action: "read",
      path,
      now: blockBytes === undefined && memory.isFile(path) ? (realPath) => readBoundedSync({ ...file, realPath }) : undefined,
      later: (realPath) => readBounded({ ...file, realPath }),
    });
    return keep === undefined ? text : keep(text);
  };

  return {
    root,
    isLive: true,
    readText,
    list: (path) =>
      look({
        action: "list",
        path,
        now: memory.isDirectory(path) ? (realPath) => readdirSync(realPath).sort() : undefined,
        later: async (realPath) => (await promises.readdir(realPath)).sort(),
      }),
    realPath: (path) =>
      look({
        action: "resolve",
        path,
        now: memory.isDirectory(path) ? (realPath) => hostPath(realpathSync.native(realPath)) : undefined,
        later: async (realPath) => hostPath(await promises.realpath(realPath)),
      }),
    statFilesystem: (path) => look({ action: "measure", path, now: undefined, later: measure }),
    statRemoteFilesystem: (path, options) => statRemoteFilesystem(runner, prefix + path, path, options),
    run: (command, args, options) => runner.run(command, args, options),
    ask: (request, options) => services.ask(request, options),
    follow: (request, options) => services.follow(request, options),
    fileHolders: (pathPrefixes, pids) => findFileHolders(`${prefix}/proc`, pathPrefixes, pids),
    battery: async () => {
      if (base === "/") return await readBattery();
      throw new AppError(
        "HOST_NOT_SUPPORTED",
        `cannot ask the battery under ${root}: the library that does it looks only under /`,
      );
    },
    time: async () => ({ wallMs: clock.wallMs(), uptimeMs: parseUptime(await readText("/proc/uptime")) }),
    openKernelLog: async () => {
      try {
        const realPath = prefix + (await resolveInside(base, kernelLogPath));
        const device = openKernelLogDevice(realPath);
        if (device !== undefined) return device;
        const text = await readText(kernelLogPath, { maximumBytes: maximumKernelLogBytes });
        return createKernelTextReader(text, followKernelText(realPath, Buffer.byteLength(text)));
      } catch (thrown) {
        throw kernelLogError(thrown);
      }
    },
    noteUsbReset: (usbDevice, agoMs) => runner.noteUsbReset(usbDevice, agoMs),
    abandonedChildCount: () => runner.abandonedCount(),
    attend: (command, args, options) => runner.attend(command, args, options),
  };
}

/** Of a log that was kept as a text. */
const maximumKernelLogBytes = 64 << 20;

interface Question<Value> {
  readonly action: HostAction;
  readonly path: string;
  /** Undefined where it may block. */
  readonly now: ((realPath: string) => Value) | undefined;
  readonly later: (realPath: string) => Promise<Value>;
}

function physicalRoot(root: string): string {
  try {
    const base = realpathSync.native(root);
    readdirSync(base);
    return base;
  } catch (thrown) {
    const { message } = hostError(thrown, "list", root);
    const advice = "give the folder where the host's root filesystem lies, as / or /host";
    throw new AppError("CONFIG_INVALID", `the host's root cannot be opened: ${message}; ${advice}`, { cause: thrown });
  }
}

async function measure(realPath: string): Promise<FilesystemUsage> {
  const { bsize, blocks, bfree, bavail, files, ffree } = await promises.statfs(realPath);
  return {
    sizeBytes: blocks * bsize,
    freeBytes: bfree * bsize,
    availableBytes: bavail * bsize,
    inodesTotal: files,
    inodesFree: ffree,
  };
}
