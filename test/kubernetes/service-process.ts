/** A program that serves for the time of a test: it ends with the test, also where the test is killed. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { findTool } from "../vm/tool.ts";

/** A program that was started. */
export interface ServiceProcess extends AsyncDisposable {
  readonly pid: number;
  /** How it ended, e.g. "exit code 1"; undefined while it runs. */
  readonly end: string | undefined;
  /** The last that it printed. */
  readonly lastWords: string;
  /** Ends it well, else by force, and waits. */
  stop(): Promise<void>;
  /** Stands still, as a machine that does not answer: connections are taken, and nothing comes. Resolves when it does. */
  freeze(): Promise<void>;
  thaw(): void;
}

/** Starts it with an empty environment. */
export function startService(program: string, argv: readonly string[], folder: string): ServiceProcess {
  // A test's process that is killed runs no clean-up, and the kernel is asked for it.
  const tie = findTool("setpriv");
  const [command, ...args] = tie === undefined ? [program, ...argv] : [tie, "--pdeathsig", "KILL", "--", program, ...argv];
  const child = spawn(command, args, { cwd: folder, env: {}, stdio: ["ignore", "pipe", "pipe"] });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${program} could not be started`);
  let lastWords = "";
  let end: string | undefined;
  for (const output of [child.stdout, child.stderr])
    output.setEncoding("utf8").on("data", (text: string) => {
      lastWords = (lastWords + text).slice(-lastWordsLimit);
    });
  const ended = once(child, "exit").then(([code, signal]) => {
    end = code === null ? `signal ${signal}` : `exit code ${code}`;
  });
  const finish = async (signal: "SIGTERM" | "SIGKILL"): Promise<void> => {
    if (end !== undefined) return;
    child.kill("SIGCONT");
    child.kill(signal);
    const overdue = new AbortController();
    const force = async (): Promise<void> => {
      await sleep(stopLimitMs, undefined, { signal: overdue.signal });
      child.kill("SIGKILL");
    };
    force().catch(() => undefined); // it ended in time
    await ended;
    overdue.abort();
  };

  return {
    pid,
    get end() {
      return end;
    },
    get lastWords() {
      return lastWords;
    },
    stop: () => finish("SIGTERM"),
    async freeze() {
      child.kill("SIGSTOP");
      while (end === undefined && (await isRunning(pid))) await sleep(5);
    },
    thaw: () => void child.kill("SIGCONT"),
    [Symbol.asyncDispose]: () => finish("SIGKILL"),
  };
}

const lastWordsLimit = 4000;
/** An API server that still has watches open takes its time. */
const stopLimitMs = 10_000;

/** Whether one of its threads still runs: a signal to stop reaches them one by one. */
async function isRunning(pid: number): Promise<boolean> {
  const folder = `/proc/${pid}/task`;
  const stats = await Promise.all((await readdir(folder)).map((id) => readFile(`${folder}/${id}/stat`, "utf8")));
  return stats.some((stat) => !/^\d+ \(.*\) T /s.test(stat));
}
