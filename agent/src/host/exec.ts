/**
 * The only place that starts programs: those of the table in commands.ts, by absolute path, with checked arguments, an empty environment, no
 * standard input, a bound on output and on time, and never a shell.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, closeSync, constants, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { AppError, type Clock, createDeadline, systemErrorCode } from "@nodekeeper/shared";
import { checkArguments } from "./check-arguments.ts";
import { type CommandName, type CommandRule, type CommandTable, commands } from "./commands.ts";
import type { AttendOptions, CommandResult, RunOptions } from "./host.ts";
import { checkHostLibrary, checkHostProgram } from "./host-program.ts";
import { createLineSplitter } from "./line-splitter.ts";
import { isInUninterruptibleSleep } from "./process-state.ts";
import { createQuarantine, type Patience } from "./quarantine.ts";
import { resolveInsideSync } from "./resolve-inside.ts";

/** Runs allowed programs. */
export interface CommandRunner {
  run(command: CommandName, args: readonly string[], options: RunOptions): Promise<CommandResult>;
  /** See OpenedHost.attend. */
  attend(command: CommandName, args: readonly string[], options: AttendOptions): Promise<void>;
  /** Children that could not be killed (state D) and are still there. They are never awaited. */
  abandonedCount(): number;
  /** See Host.noteUsbReset. */
  noteUsbReset(usbDevice: string, agoMs: number): void;
}

/** What a runner needs; tests give their own table and chance. */
export interface CommandRunnerOptions {
  readonly clock: Clock;
  /** The host's root, for programs that are the host's. Default "/". */
  readonly root?: string;
  readonly table?: CommandTable;
  readonly random?: () => number;
}

/** A runner for one process. */
export function createCommandRunner(options: CommandRunnerOptions): CommandRunner {
  const { clock, root = "/", table = commands, random = Math.random } = options;
  const quarantine = createQuarantine(clock, random);
  let abandoned = 0;

  /** Asks, then kills, then leaves the child behind: one in an uninterruptible sleep ends only when its device answers. Never rejects. */
  const end = async ({ child, exited }: Pick<RunningChild, "child" | "exited">, killAfterMs: number): Promise<void> => {
    child.stdout?.destroy();
    child.stderr?.destroy();
    child.kill("SIGTERM");
    if (await endsWithin(clock, exited, killAfterMs)) return;
    child.kill("SIGKILL");
    if (await endsWithin(clock, exited, killToAbandonMs)) return;
    abandoned++;
    child.unref();
    await exited;
    abandoned--;
  };

  return {
    abandonedCount: () => abandoned,
    run: async (command, args, options) => {
      checkArguments(command, table[command], args);
      const what = `run ${command} ${args.join(" ")}`;
      // What hangs together: all behind a USB device, else one form of call to one operand.
      const subject = options.usbDevice === undefined ? `${command} ${args.join(" ")}` : usbSubject(options.usbDevice);
      quarantine.check(subject, what);
      if (options.signal.aborted) throw AppError.from(options.signal.reason, "ABORTED");

      const running = start(
        findProgram(command, table, root),
        argumentsOf(table[command], args, root),
        what,
        options.maximumOutputBytes ?? defaultMaximumOutputBytes,
      );
      quarantine.begun(subject);
      const verdict = await waitFor(running, clock, options);

      if (verdict === "ended") {
        quarantine.answered(subject);
        return await running.result;
      }
      if (verdict === "late") quarantine.hung(subject, table[command].patience ?? defaultPatience);
      const isAsleep = verdict === "late" && isInUninterruptibleSleep(running.child.pid);
      quarantine.givenUp(subject, end(running, options.killAfterMs ?? defaultKillAfterMs));
      if (verdict === "failed") return await running.result;
      if (verdict === "aborted") throw AppError.from(options.signal.reason, "ABORTED");
      const why = isAsleep ? "; it is in an uninterruptible sleep, waiting inside the kernel for the device" : "";
      throw new AppError("HOST_COMMAND_TIMEOUT", `cannot ${what}: no answer within ${options.timeoutMs / 1000} s${why}`);
    },
    attend: async (command, args, { onLine, signal }) => {
      checkArguments(command, table[command], args);
      if (signal.aborted) return;
      const program = findProgram(command, table, root);
      const allArgs = argumentsOf(table[command], args, root);
      const child = spawn(program, allArgs, { env: { LC_ALL: "C" }, cwd: "/", stdio: ["pipe", "pipe", "pipe"], shell: false });
      let failure: AppError | undefined;
      const exited = new Promise<void>((resolve) => {
        child.once("exit", () => resolve());
        child.once("error", (thrown) => {
          failure = startError(thrown, `run ${command}`);
          resolve();
        });
      });
      let complaint = "";
      child.stderr.on("data", (chunk: Buffer) => {
        if (complaint.length < maximumComplaintLength) complaint += chunk.toString("utf8");
      });
      const lines = createLineSplitter(maximumLineBytes, onLine);
      child.stdout.on("data", (chunk: Buffer) => {
        if (!lines.push(chunk)) child.kill("SIGTERM"); // it prints what no program of the table prints
      });
      child.stdin.on("error", () => undefined); // it ended before us
      const stop = (): void => {
        child.stdin.end();
        void endsWithin(clock, exited, inputEndsMs).then((isEnded) => {
          if (!isEnded) void end({ child, exited }, defaultKillAfterMs);
        });
      };
      signal.addEventListener("abort", stop, { once: true });
      try {
        await exited;
      } finally {
        signal.removeEventListener("abort", stop);
      }
      if (signal.aborted) return;
      if (failure !== undefined) throw failure;
      const said = complaint.trim().split("\n").at(-1)?.slice(0, 200) ?? "";
      throw new AppError("HOST_COMMAND_FAILED", `${command} ended by itself${said === "" ? "" : `: ${said}`}`);
    },
    noteUsbReset: (usbDevice, agoMs) => quarantine.resetSeen(usbSubject(usbDevice), agoMs),
  };
}

interface RunningChild {
  readonly child: ChildProcess;
  /** What it printed and how it ended; rejects when it could not start, was ended by a signal, or printed too much. */
  readonly result: Promise<CommandResult>;
  /** Resolves when the kernel has let go of it. */
  readonly exited: Promise<void>;
}

const defaultMaximumOutputBytes = 1024 * 1024;
const defaultKillAfterMs = 5_000;
const killToAbandonMs = 2_000;
/** Of a program that stays: how long it may take to end with its input, and what is taken of what it prints. */
const inputEndsMs = 150;
const maximumLineBytes = 64 * 1024;
const maximumComplaintLength = 2_048;
/** After the first hang about a minute, after the second four, and so on up to six hours. */
const defaultPatience: Patience = { baseMs: 60_000, maximumMs: 6 * 3_600_000 };

function usbSubject(usbDevice: string): string {
  return `usb ${usbDevice}`;
}

function findProgram(command: CommandName, table: CommandTable, root: string): string {
  const { paths, isOfHost = false } = table[command];
  const places = isOfHost && root !== "/" ? paths.map((path) => root + resolveInsideSync(root, path)) : paths;
  const found = places.find(isExecutable);
  if (found === undefined) {
    throw new AppError("HOST_COMMAND_MISSING", `${command} is not installed: looked for ${paths.join(", ")}`);
  }
  if (!isProgram(found)) throw new AppError("HOST_COMMAND_FAILED", `cannot run ${found}: it is neither a program nor a script`);
  if (isOfHost) checkHostProgram(found, root, process.getuid?.() ?? 0);
  return found;
}

/** What the program is given: what the table says first, and an operand of the host where it lies for us. */
function argumentsOf(
  { leading = [], isOperandOfHost = false }: CommandRule,
  args: readonly string[],
  root: string,
): readonly string[] {
  const operand = args.at(-1);
  if (!isOperandOfHost || operand === undefined) return [...leading, ...args];
  const place = root === "/" ? operand : join(root, resolveInsideSync(root, operand));
  checkHostLibrary(place, process.getuid?.() ?? 0);
  return [...leading, ...args.slice(0, -1), place];
}

/** Looked at since execvp(3) gives a file that the kernel does not know to a shell. */
function isProgram(path: string): boolean {
  const file = openSync(path, "r");
  try {
    const magic = Buffer.alloc(4);
    readSync(file, magic, 0, magic.length, 0);
    return magic.toString("latin1") === "\x7fELF" || magic.toString("latin1").startsWith("#!");
  } finally {
    closeSync(file);
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false; // not there, or not ours to run: the next one may be
  }
}

function start(program: string, args: readonly string[], what: string, maximumOutputBytes: number): RunningChild {
  const child = spawn(program, args, { env: { LC_ALL: "C" }, cwd: "/", stdio: ["ignore", "pipe", "pipe"], shell: false });
  const exited = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve()); // it never started
  });
  const result = new Promise<CommandResult>((resolve, reject) => {
    const output = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
    let totalBytes = 0;
    for (const name of ["stdout", "stderr"] as const) {
      child[name].on("data", (chunk: Buffer) => {
        totalBytes += chunk.length;
        if (totalBytes <= maximumOutputBytes) output[name].push(chunk);
        else reject(new AppError("HOST_OUTPUT_TOO_LARGE", `cannot ${what}: it printed more than ${maximumOutputBytes} bytes`));
      });
    }
    child.once("error", (thrown) => reject(startError(thrown, what)));
    child.once("close", (exitCode, signal) => {
      if (exitCode === null) return reject(new AppError("HOST_COMMAND_FAILED", `cannot ${what}: it was ended by ${signal}`));
      resolve({ exitCode, stdout: textOf(output.stdout), stderr: textOf(output.stderr) });
    });
  });
  return { child, result, exited };
}

/** Until it ended, failed by itself, took too long, or is not wanted any more. */
async function waitFor(
  { result }: RunningChild,
  clock: Clock,
  { timeoutMs, signal }: RunOptions,
): Promise<"ended" | "failed" | "late" | "aborted"> {
  using deadline = createDeadline(clock, timeoutMs, signal, new Error("late"));
  const over = new Promise<"late" | "aborted">((resolve) => {
    const tell = (): void => resolve(signal.aborted ? "aborted" : "late");
    if (deadline.signal.aborted) tell();
    else deadline.signal.addEventListener("abort", tell, { once: true });
  });
  const ended = result.then(
    () => "ended" as const,
    () => "failed" as const,
  );
  return await Promise.race([ended, over]);
}

async function endsWithin(clock: Clock, exited: Promise<void>, durationMs: number): Promise<boolean> {
  const done = new AbortController();
  const late = clock.sleep(durationMs, done.signal).then(
    () => false,
    () => false,
  );
  const isEnded = await Promise.race([exited.then(() => true), late]);
  done.abort();
  return isEnded;
}

function startError(thrown: Error, what: string): AppError {
  const code = systemErrorCode(thrown) === "EACCES" ? "HOST_PERMISSION_DENIED" : "HOST_COMMAND_FAILED";
  return new AppError(code, `cannot ${what}: ${thrown.message}`, { cause: thrown });
}

function textOf(chunks: readonly Buffer[]): string {
  return Buffer.concat(chunks).toString("utf8");
}
