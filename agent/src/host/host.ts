/**
 * The Host port: all that probes may ask of the machine. Paths are the host's own ("/proc/1/mountinfo"), whatever HOST_ROOT is.
 * Every method throws AppError with a HOST_* code; a missing file is HOST_FILE_MISSING, which is how a probe tells *absent* from *failed*.
 */
import type { CommandName } from "./commands.ts";
import type { KernelLogReader } from "./kernel-log-reader.ts";
import type { FollowOptions, ServiceAnswer, ServiceOptions, ServiceRequest } from "./services.ts";

/** How much of a file is taken. */
export interface ReadOptions {
  /** Larger files are HOST_FILE_TOO_LARGE. Default 1 MiB. */
  readonly maximumBytes?: number;
  /** For files of records, the newest last: a larger file is not refused; its last blocks of so many bytes are taken, as many as fit. */
  readonly blockBytes?: number;
  /** latin1 for files that are no text: each byte is one character. Default utf8. A file is always read in the same one. */
  readonly encoding?: "utf8" | "latin1";
  /**
   * What is taken of a file that also holds what is not ours to know: keys, people's logins. Nobody else sees the rest, and no recording
   * keeps it. What it made is made to the same again.
   */
  readonly keep?: (text: string) => string;
}

/** Result of statfs(2). */
export interface FilesystemUsage {
  readonly sizeBytes: number;
  readonly freeBytes: number;
  readonly availableBytes: number;
  readonly inodesTotal: number;
  readonly inodesFree: number;
}

/** How a program is run. */
export interface RunOptions {
  /**
   * After this the call has failed with HOST_COMMAND_TIMEOUT. The program gets SIGTERM, later SIGKILL; one that survives even that is
   * abandoned and counted, and its subject is HOST_QUARANTINED meanwhile.
   */
  readonly timeoutMs: number;
  /** From SIGTERM to SIGKILL. Default 5 s. */
  readonly killAfterMs?: number;
  /** The USB device that the call goes to, as the kernel names it, e.g. "2-1.4": all that lies behind one is one subject. */
  readonly usbDevice?: string;
  /** More output than this is HOST_OUTPUT_TOO_LARGE. Default 1 MiB. */
  readonly maximumOutputBytes?: number;
  readonly signal: AbortSignal;
}

/** How a program ended that ran to its end. */
export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a program is run that stays. */
export interface AttendOptions {
  /** Each line that it prints. */
  readonly onLine: (line: string) => void;
  /** Ends it: first its standard input, then by signals. */
  readonly signal: AbortSignal;
}

/** A process that has a file open. */
export interface FileHolder {
  readonly pid: number;
  /** The file, as the process knows it, e.g. "/dev/nvidia0". */
  readonly path: string;
}

/** What the battery says of its charge. */
export interface BatteryCharge {
  readonly chargePercent: number;
  readonly isCharging: boolean;
  /** Full cycles so far; undefined where the battery does not count. */
  readonly cycleCount: number | undefined;
}

/** Times of this moment, taken together. */
export interface HostTime {
  readonly wallMs: number;
  /** Milliseconds since boot, suspend included (CLOCK_BOOTTIME; /proc/uptime). */
  readonly uptimeMs: number;
}

/** The machine, as probes see it. */
export interface Host {
  /** "/" on a workstation, "/host" in the DaemonSet, a folder for a recorded tree. */
  readonly root: string;
  /** False for a recorded tree: its files, commands and usages are those of the recording. */
  readonly isLive: boolean;
  /** A text file, decoded as UTF-8. */
  readText(path: string, options?: ReadOptions): Promise<string>;
  /** Names in a directory, sorted. */
  list(path: string): Promise<readonly string[]>;
  /** Where a symbolic link leads, as an absolute host path, resolved wholly and inside the root. */
  realPath(path: string): Promise<string>;
  /** Usage of the filesystem mounted at a path. Never call it for a remote mount. */
  statFilesystem(path: string): Promise<FilesystemUsage>;
  /**
   * The same for a network, FUSE or CSI mount, asked by a short-lived child, so that a dead server freezes only that. A mount that did not
   * answer in time is HOST_MOUNT_NOT_RESPONDING, at once and without a second child while the first one hangs.
   */
  statRemoteFilesystem(path: string, options: RunOptions): Promise<FilesystemUsage>;
  /** Runs an allow-listed program with an allowed argument form; see commands.ts. */
  run(command: CommandName, args: readonly string[], options: RunOptions): Promise<CommandResult>;
  /**
   * Asks a service on this machine something that services.ts allows, over HTTP. What no answer came from is PEER_UNREACHABLE; a socket that is
   * not there is HOST_FILE_MISSING, one that we may not use HOST_PERMISSION_DENIED. Any answer is one, whatever its status.
   */
  ask(request: ServiceRequest, options: ServiceOptions): Promise<ServiceAnswer>;
  /**
   * The same for an answer without an end: each line is handed on as it comes. Resolves when the service ended it, rejects when the signal aborts.
   * Any status but 200 is PEER_REFUSED. HOST_NOT_SUPPORTED while recording and in a recorded tree.
   */
  follow(request: ServiceRequest, options: FollowOptions): Promise<void>;
  /**
   * Which processes have a file open whose path begins with one of these, each pair once. Looks at links in /proc only: no file is opened, no
   * device touched. Only among `pids`, where they are given. A process that ends meanwhile is left out.
   */
  fileHolders(pathPrefixes: readonly string[], pids?: readonly number[]): Promise<readonly FileHolder[]>;
  /** Charge of the battery. HOST_NOT_SUPPORTED where only files can say it: under another root than "/", and in a recorded tree. */
  battery(): Promise<BatteryCharge>;
  time(): Promise<HostTime>;
  /** Opens the kernel's log (/dev/kmsg) at its oldest record. Whoever opens it disposes of it. */
  openKernelLog(): Promise<KernelLogReader>;
  /**
   * To be told when the kernel log says that a USB device was reset, e.g. "2-1.4", so long ago. Where that came of a command of ours (`run`
   * with `usbDevice`: while it ran, or within 5 s after it), the device is left alone for a day. Costs nothing where it did not.
   */
  noteUsbReset(usbDevice: string, agoMs: number): void;
}

/** A host, with what the agent says about itself. */
export interface OpenedHost extends Host {
  /** Children that could not be killed and are still there: programs whose device holds them in the kernel. */
  abandonedChildCount(): number;
  /** Runs an allow-listed program that stays. Resolves once the signal aborted and it has ended; rejects when it ended by itself, or never began. */
  attend(command: CommandName, args: readonly string[], options: AttendOptions): Promise<void>;
}
