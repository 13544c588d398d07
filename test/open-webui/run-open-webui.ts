/** Runs Open WebUI on a free port of the loopback, with nothing of the environment and no way to anything outside. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { freePorts } from "../e2e/installation.ts";

/** How it is run. */
export interface OpenWebUiOptions {
  readonly python: string;
  /** Its data, and where it runs. */
  readonly folder: string;
  readonly variables?: Readonly<Record<string, string>>;
}

/** It runs. */
export interface RunningOpenWebUi extends AsyncDisposable {
  readonly url: string;
  /** What it wrote so far. */
  log(): string;
}

/** The account that a folder without accounts gets. */
export const admin = { email: "admin@example.org", password: "a password of tests", name: "Mika" } as const;

const startLimitMs = 120_000;
const stopLimitMs = 5_000;

/** Starts it and waits until it answers. */
export async function runOpenWebUi({ python, folder, variables = {} }: OpenWebUiOptions): Promise<RunningOpenWebUi> {
  const env = {
    ...{ PATH: "/usr/bin:/bin", HOME: folder, DATA_DIR: folder, WEBUI_SECRET_KEY: "of tests", USE_SLIM_DOCKER: "true" },
    ...{ OFFLINE_MODE: "true", HF_HUB_OFFLINE: "1", ANONYMIZED_TELEMETRY: "false", DO_NOT_TRACK: "true" },
    ...{ WEBUI_ADMIN_EMAIL: admin.email, WEBUI_ADMIN_PASSWORD: admin.password, WEBUI_ADMIN_NAME: admin.name },
    ...variables,
  };
  const [port] = await freePorts(1);
  const args = ["-c", "from open_webui import app; app()", "serve", "--host", "127.0.0.1", "--port", String(port)];
  const child = spawn(python, args, { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
  const parts: string[] = [];
  for (const output of [child.stdout, child.stderr]) output.setEncoding("utf8").on("data", (text: string) => parts.push(text));
  const log = (): string => parts.join("");
  const url = `http://127.0.0.1:${port}`;
  await answering(child, url, log);
  return { url, log, [Symbol.asyncDispose]: () => stop(child) };
}

async function answering(child: ChildProcess, url: string, log: () => string): Promise<void> {
  for (let waitedMs = 0; waitedMs < startLimitMs && child.exitCode === null; waitedMs += 100) {
    if ((await fetch(`${url}/health`).catch(() => undefined))?.ok === true) return;
    await sleep(100);
  }
  await stop(child);
  throw new Error(`Open WebUI did not begin to answer: ${log().slice(-4000)}`);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const late = setTimeout(() => child.kill("SIGKILL"), stopLimitMs);
  await ended;
  clearTimeout(late);
}
