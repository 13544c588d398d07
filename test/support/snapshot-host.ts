/** A host in memory: the answers of another one, of which a test may change one at a time. */
import { dirname } from "node:path";
import type { CommandResult, FileHolder, FilesystemUsage, Host, ReadOptions } from "../../agent/src/host/host.ts";
import { commandKey, holdersKey, requestKey } from "../../agent/src/host/recording.ts";
import type { ServiceAnswer } from "../../agent/src/host/services.ts";
import { AppError } from "../../packages/shared/src/index.ts";

/** One changed answer. */
export type Change =
  | { readonly kind: "text"; readonly path: string; readonly text: string }
  | { readonly kind: "removal"; readonly path: string }
  | { readonly kind: "usage"; readonly path: string; readonly usage: FilesystemUsage }
  | { readonly kind: "output"; readonly key: string; readonly result: CommandResult };

/** Remembers what it asked `host`, and answers again from memory. */
export class SnapshotHost implements Host {
  readonly root: string;
  readonly isLive: boolean;
  readonly texts: Map<string, Promise<string>> = new Map();
  readonly usages: Map<string, Promise<FilesystemUsage>> = new Map();
  readonly outputs: Map<string, Promise<CommandResult>> = new Map();
  readonly #host: Host;
  readonly #listings = new Map<string, Promise<readonly string[]>>();
  readonly #links = new Map<string, Promise<string>>();
  readonly #services = new Map<string, Promise<ServiceAnswer>>();
  readonly #holders = new Map<string, Promise<readonly FileHolder[]>>();
  #change: Change | undefined;

  constructor(host: Host) {
    this.#host = host;
    this.root = host.root;
    this.isLive = host.isLive;
  }

  /** From now on one answer is another; undefined: all are as they were. */
  change(change: Change | undefined): void {
    this.#change = change;
  }

  async readText(path: string, options?: ReadOptions): Promise<string> {
    const change = this.#change;
    if (change?.kind === "text" && change.path === path) return change.text;
    if (change?.kind === "removal" && change.path === path) throw missing(path);
    return await remember(this.texts, path, () => this.#host.readText(path, options));
  }

  async list(path: string): Promise<readonly string[]> {
    const names = await remember(this.#listings, path, () => this.#host.list(path));
    const removed = this.#change?.kind === "removal" ? this.#change.path : undefined;
    return removed !== undefined && dirname(removed) === path ? names.filter((name) => `${path}/${name}` !== removed) : names;
  }

  async realPath(path: string): Promise<string> {
    return await remember(this.#links, path, () => this.#host.realPath(path));
  }

  async statFilesystem(path: string): Promise<FilesystemUsage> {
    if (this.#change?.kind === "usage" && this.#change.path === path) return this.#change.usage;
    return await remember(this.usages, path, () => this.#host.statFilesystem(path));
  }

  statRemoteFilesystem(...[path]: Parameters<Host["statRemoteFilesystem"]>): Promise<FilesystemUsage> {
    return this.statFilesystem(path);
  }

  async run(...[command, args, options]: Parameters<Host["run"]>): Promise<CommandResult> {
    const key = commandKey(command, args);
    if (this.#change?.kind === "output" && this.#change.key === key) return this.#change.result;
    return await remember(this.outputs, key, () => this.#host.run(command, args, options));
  }

  ask(...[request, options]: Parameters<Host["ask"]>): Promise<ServiceAnswer> {
    return remember(this.#services, requestKey(request), () => this.#host.ask(request, options));
  }

  /** Never the same twice: not kept. */
  follow(...args: Parameters<Host["follow"]>): Promise<void> {
    return this.#host.follow(...args);
  }

  fileHolders(...[pathPrefixes, pids]: Parameters<Host["fileHolders"]>): Promise<readonly FileHolder[]> {
    return remember(this.#holders, holdersKey(pathPrefixes, pids), () => this.#host.fileHolders(pathPrefixes, pids));
  }

  battery(): ReturnType<Host["battery"]> {
    return this.#host.battery();
  }

  time(): ReturnType<Host["time"]> {
    return this.#host.time();
  }

  /** Not to be changed: hardly a line of it means anything, and which do is what the tests of the table show. */
  openKernelLog(): ReturnType<Host["openKernelLog"]> {
    return this.#host.openKernelLog();
  }

  noteUsbReset(usbDevice: string, agoMs: number): void {
    this.#host.noteUsbReset(usbDevice, agoMs);
  }
}

function remember<Value>(memory: Map<string, Promise<Value>>, key: string, ask: () => Promise<Value>): Promise<Value> {
  const known = memory.get(key) ?? ask();
  memory.set(key, known);
  return known;
}

function missing(path: string): AppError {
  return new AppError("HOST_FILE_MISSING", `cannot read ${path}: no such file or directory (ENOENT)`, {
    context: { errno: "ENOENT" },
  });
}
