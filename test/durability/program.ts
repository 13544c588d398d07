/** A program of ours as a process of its own that can be killed at any moment and started again. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";

export interface ProgramOptions {
  readonly argv: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  /** What it prints, over all its lives, is appended here. */
  readonly logFile: string;
}

export interface Program extends AsyncDisposable {
  /** Returns the position in its log where this life begins. */
  start(): number;
  /** SIGKILL, and waits until the kernel has taken the process away. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with the exit code, or the name of the signal that ended it. */
  stop(): Promise<number | string>;
  /** How the running life ended without our doing; undefined while it runs. */
  ended(): string | undefined;
  pid(): number | undefined;
  /** What it printed, over all its lives or from a position on. */
  log(from?: number): string;
}

/** Does not start it yet. Disposing kills what runs. */
export function createProgram(options: ProgramOptions): Program {
  let child: ChildProcess | undefined;

  async function end(signal: NodeJS.Signals): Promise<number | string> {
    const running = child;
    child = undefined;
    if (running === undefined) {
      return "not started";
    }
    if (running.exitCode === null && running.signalCode === null) {
      running.kill(signal);
      await once(running, "exit");
    }
    return running.exitCode ?? String(running.signalCode);
  }

  return {
    start() {
      const log = openSync(options.logFile, "a");
      const { size } = fstatSync(log);
      const [command, ...argv] = options.argv;
      child = spawn(command, argv, { env: options.env, stdio: ["ignore", log, log] });
      closeSync(log);
      return size;
    },
    async kill() {
      await end("SIGKILL");
    },
    stop: () => end("SIGTERM"),
    ended: () => {
      const how = child?.exitCode ?? child?.signalCode;
      return how === null || how === undefined ? undefined : String(how);
    },
    pid: () => child?.pid,
    log: (from = 0) => readFileSync(options.logFile).subarray(from).toString(),
    [Symbol.asyncDispose]: async () => {
      await end("SIGKILL");
    },
  };
}
