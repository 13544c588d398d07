/** A Host in memory: a tree of files and links, usages and programs that a test makes up. */
import { AppError } from "@nodekeeper/shared";
import type { CommandName } from "../../host/commands.ts";
import type { CommandResult, FileHolder, FilesystemUsage, Host, HostTime, RunOptions } from "../../host/host.ts";
import { createKernelTextReader, type KernelLogReader } from "../../host/kernel-log-reader.ts";
import {
  type FollowOptions,
  type ServiceAnswer,
  type ServiceOptions,
  type ServiceRequest,
  serviceKey,
} from "../../host/services.ts";

/** What lies at a path: a text, a link, or why it cannot be read. */
export type TreeEntry = string | { readonly link: string } | AppError;

/** Plays a program; throws what the program's runner would throw. */
export type FakeProgram = (args: readonly string[], options: RunOptions) => Promise<CommandResult>;

/** Everything may be changed between two runs of a probe. */
export class TreeHost implements Host {
  readonly root: string = "/";
  readonly isLive: boolean = true;
  readonly entries: Map<string, TreeEntry>;
  readonly usages: Map<string, FilesystemUsage | AppError> = new Map();
  readonly programs: Map<CommandName, FakeProgram> = new Map();
  /** What services answer, by serviceKey. */
  readonly serviceAnswers: Map<string, ServiceAnswer | AppError> = new Map();
  /** Lines that `follow` hands on before it ends, by serviceKey. */
  readonly lines: Map<string, readonly string[]> = new Map();
  holders: readonly FileHolder[] = [];
  readonly calls: string[] = [];
  /** Plays the device of the kernel log; without it /dev/kmsg is a text as any other. */
  kernelLog: (() => KernelLogReader) | undefined;
  clock: HostTime = { wallMs: Date.UTC(2026, 0, 1), uptimeMs: 1_000_000 };

  constructor(entries: Readonly<Record<string, TreeEntry>> = {}) {
    this.entries = new Map(Object.entries(entries));
  }

  /** Adds files below a folder, as they lie in a device's folder of sysfs. */
  add(folder: string, files: Readonly<Record<string, TreeEntry>>): void {
    for (const [name, entry] of Object.entries(files)) this.entries.set(`${folder}/${name}`, entry);
  }

  /** Takes a path away, with everything below it. */
  remove(path: string): void {
    for (const each of [...this.entries.keys()]) if (each === path || each.startsWith(`${path}/`)) this.entries.delete(each);
  }

  async readText(path: string): Promise<string> {
    const entry = this.entries.get(this.#resolve(path));
    if (entry instanceof AppError) throw entry;
    if (typeof entry !== "string") throw missing("read", path);
    return entry;
  }

  async list(path: string): Promise<readonly string[]> {
    const place = this.#resolve(path);
    const entry = this.entries.get(place);
    if (entry instanceof AppError) throw entry;
    const prefix = place === "/" ? "/" : `${place}/`;
    const below = [...this.entries.keys()].filter((each) => each.startsWith(prefix)).map((each) => each.slice(prefix.length));
    if (below.length === 0) throw missing("list", path);
    return [...new Set(below.map((each) => each.split("/")[0] ?? each))].sort();
  }

  async realPath(path: string): Promise<string> {
    const place = this.#resolve(path);
    for (const [folder, entry] of this.entries) if (entry instanceof AppError && place.startsWith(`${folder}/`)) throw entry;
    const isThere = [...this.entries.keys()].some((each) => each === place || each.startsWith(`${place}/`));
    if (!isThere) throw missing("resolve", path);
    return place;
  }

  async statFilesystem(path: string): Promise<FilesystemUsage> {
    this.calls.push(`stat ${path}`);
    return this.#usage(path);
  }

  async statRemoteFilesystem(path: string): Promise<FilesystemUsage> {
    this.calls.push(`stat in a child ${path}`);
    return this.#usage(path);
  }

  async openKernelLog(): Promise<KernelLogReader> {
    return this.kernelLog?.() ?? createKernelTextReader(await this.readText("/dev/kmsg"));
  }

  async run(command: CommandName, args: readonly string[], options: RunOptions): Promise<CommandResult> {
    this.calls.push([command, ...args].join(" "));
    const program = this.programs.get(command);
    if (program === undefined) throw new AppError("HOST_COMMAND_MISSING", `${command} is not installed`);
    return await program(args, options);
  }

  async ask(request: ServiceRequest, _options?: ServiceOptions): Promise<ServiceAnswer> {
    const key = serviceKey(request);
    this.calls.push(`ask ${key}`);
    const answer = this.serviceAnswers.get(key);
    if (answer === undefined) throw nobodyListens(`ask ${key}`);
    if (answer instanceof AppError) throw answer;
    return answer;
  }

  async follow(request: ServiceRequest, { onLine }: FollowOptions): Promise<void> {
    const key = serviceKey(request);
    const lines = this.lines.get(key);
    if (lines === undefined) throw nobodyListens(`follow ${key}`);
    lines.forEach(onLine);
  }

  async fileHolders(pathPrefixes: readonly string[], pids?: readonly number[]): Promise<readonly FileHolder[]> {
    this.calls.push(`holders of ${pathPrefixes.join(" ")}`);
    return this.holders.filter(
      ({ pid, path }) => pathPrefixes.some((prefix) => path.startsWith(prefix)) && (pids === undefined || pids.includes(pid)),
    );
  }

  async battery(): Promise<never> {
    throw new AppError("HOST_NOT_SUPPORTED", "there is no battery here");
  }

  async time(): Promise<HostTime> {
    return this.clock;
  }

  noteUsbReset(usbDevice: string): void {
    this.calls.push(`usb reset ${usbDevice}`);
  }

  #usage(path: string): FilesystemUsage {
    const usage = this.usages.get(path);
    if (usage === undefined) throw missing("measure", path);
    if (usage instanceof AppError) throw usage;
    return usage;
  }

  /** Follows links in every part of a path. */
  #resolve(path: string): string {
    let resolved = "";
    for (const part of path.split("/").filter((each) => each !== "")) {
      if (part === "..") resolved = resolved.slice(0, resolved.lastIndexOf("/"));
      else resolved += `/${part}`;
      const entry = this.entries.get(resolved);
      if (typeof entry === "object" && "link" in entry) {
        const parent = resolved.slice(0, resolved.lastIndexOf("/"));
        resolved = this.#resolve(entry.link.startsWith("/") ? entry.link : `${parent}/${entry.link}`);
      }
    }
    return resolved === "" ? "/" : resolved;
  }
}

/** As the kernel says it where no service is. */
function nobodyListens(action: string): AppError {
  return new AppError("PEER_UNREACHABLE", `cannot ${action}: nobody listens (ECONNREFUSED)`, {
    context: { errno: "ECONNREFUSED" },
  });
}

/** As the kernel says it of a path that is not there. */
function missing(action: string, path: string): AppError {
  return new AppError("HOST_FILE_MISSING", `cannot ${action} ${path}: no such file or directory (ENOENT)`, {
    context: { path, errno: "ENOENT" },
  });
}

/** As the kernel says it of a path that it does not let us read. */
export function denied(path: string): AppError {
  return new AppError("HOST_PERMISSION_DENIED", `cannot read ${path}: permission denied (EACCES)`, {
    context: { path, errno: "EACCES" },
  });
}

/** As the kernel says it of a device that does not answer. */
export function ioError(path: string, errno = "EIO"): AppError {
  return new AppError("HOST_READ_FAILED", `cannot read ${path}: i/o error (${errno})`, { context: { path, errno } });
}
