/** One child that is to run until it is told to stop: the collector or the agent. */
import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { createInterface } from "node:readline";

import { signalGroup } from "../process-identity.mjs";
import { sleep } from "../time.mjs";
import { readLogLine } from "./log-line.mjs";

/** @import { ChildProcess } from "node:child_process" */
/** @import { LogLine } from "./log-line.mjs" */

/**
 * @typedef {object} ServiceCall
 * @property {string} name for the person, such as `collector`
 * @property {string} command
 * @property {readonly string[]} args
 * @property {string} cwd
 * @property {NodeJS.ProcessEnv} env
 * @property {string} logFile emptied at the start
 * @property {(line: LogLine) => void} onLine each line that it writes
 */

/**
 * @typedef {object} Service
 * @property {string} name
 * @property {number} pid
 * @property {string} logFile
 * @property {Promise<string>} ended how it ended, in words, once it and its output have; never rejects
 * @property {() => string | undefined} lastError the last error that it wrote
 * @property {(force: AbortSignal) => Promise<void>} stop asks it to end and waits; kills it after the grace time, or at once when forced
 */

/** Longer than agent and collector need to write down what they hold in memory. */
const graceMs = 10_000;

/**
 * @param {ServiceCall} call
 * @returns {Service}
 */
export function startService({ name, command, args, cwd, env, logFile, onLine }) {
  // A process group of its own: Ctrl-C in the terminal reaches us only, and we stop the children in order.
  const child = spawn(command, args, { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const log = createWriteStream(logFile, { mode: 0o600 });
  /** @type {string | undefined} */
  let lastError;
  // A full disk must not end what runs: the log is then incomplete.
  log.on("error", () => {});
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on("line", (text) => {
      log.write(`${text}\n`);
      const line = readLogLine(text);
      if (line.weight === "error" || line.weight === "crash") lastError = line.text.replace(`${name}: `, ""); // it need not say its name
      onLine(line);
    });
  }

  const ended = end(child).finally(() => log.end());
  const pid = child.pid ?? 0;
  return {
    name,
    pid,
    logFile,
    ended,
    lastError: () => lastError,
    async stop(force) {
      if (pid === 0) return;
      signalGroup(pid, "SIGTERM");
      await Promise.race([ended, sleep(graceMs, force)]);
      signalGroup(pid, "SIGKILL"); // also what it started and left behind
      await ended;
    },
  };
}

/**
 * @param {ChildProcess} child
 * @returns {Promise<string>}
 */
function end(child) {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve(`could not be started (${error.message})`));
    child.once("close", (code, signal) => resolve(signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`));
  });
}
