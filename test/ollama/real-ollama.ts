/**
 * A real Ollama of its own, on loopback, with models of random weights in a folder of its own. Its process bears another name, so that no agent
 * of another test takes it for one that serves this machine.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseEndpoint } from "../../agent/src/probes/support/network/listening-sockets.ts";
import { type TinyModel, tinyModelFile } from "./tiny-model.ts";

/** What the kernel calls the process. */
export const processName = "ollama-of-test";

/** How a server is started. */
export interface OllamaOptions {
  readonly program: string;
  /** Its home, with keys and models. */
  readonly folder: string;
  /** Besides OLLAMA_HOST, which is a free port of the loopback unless it is said here. */
  readonly variables?: Readonly<Record<string, string>>;
  /** A program that runs it in its own place, with arguments. */
  readonly by?: readonly string[];
}

/** A server that runs. */
export interface RealOllama extends AsyncDisposable {
  readonly pid: number;
  readonly port: number;
  /** Requests that it answered, as its log has them: "GET /api/ps". */
  requests(): readonly string[];
  /** What it wrote so far. */
  log(): string;
  /** How many they are once its log has come to rest: it is written a moment after the answer. */
  settledRequestCount(): Promise<number>;
  /** Makes a model from weights; `more` as in /api/create. */
  create(name: string, model: TinyModel, more?: object): Promise<void>;
  /** Sends JSON, and gives back what is answered to it. Throws on anything but success. */
  post(path: string, body: object): Promise<unknown>;
  /** What it answers. */
  get(path: string): Promise<unknown>;
  /** Ends it and waits. */
  stop(): Promise<void>;
}

/** Starts one and waits until it listens. */
export async function startOllama({ program, folder, variables = {}, by = [] }: OllamaOptions): Promise<RealOllama> {
  const link = join(folder, processName);
  await symlink(program, link).catch(() => undefined); // it is there where a server ran in the folder before
  const environment = { HOME: folder, PATH: "/usr/bin:/bin", OLLAMA_HOST: "127.0.0.1:0", GIN_MODE: "release", ...variables };
  const [command = link, ...args] = [...by, link, "serve"];
  const child = spawn(command, args, { env: environment, stdio: ["ignore", "pipe", "pipe"] });
  const log: string[] = [];
  for (const output of [child.stdout, child.stderr]) output.setEncoding("utf8").on("data", (text: string) => log.push(text));
  const port = await listeningPort(child, log);
  const url = `http://127.0.0.1:${port}`;

  const answerOf = async (path: string, init?: RequestInit): Promise<string> => {
    const answer = await fetch(url + path, init);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`ollama answered ${path} with ${answer.status}: ${text}`);
    return text;
  };
  const post = async (path: string, body: object): Promise<unknown> =>
    JSON.parse(await answerOf(path, { method: "POST", body: JSON.stringify(body) }));
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    await ended;
  };
  const requests = (): readonly string[] =>
    [...log.join("").matchAll(/^\[GIN\].*\| (?:GET|POST|HEAD) +"[^"]*"$/gm)].map(([line]) => requestIn(line));

  return {
    pid: child.pid ?? 0,
    port,
    requests,
    log: () => log.join(""),
    settledRequestCount: async () => {
      for (let count = requests().length; ; count = requests().length) {
        await sleep(300);
        if (requests().length === count) return count;
      }
    },
    post,
    get: async (path) => JSON.parse(await answerOf(path)),
    create: async (name, model, more = {}) => {
      const file = tinyModelFile(model);
      const digest = `sha256:${createHash("sha256").update(file).digest("hex")}`;
      await answerOf(`/api/blobs/${digest}`, { method: "POST", body: new Uint8Array(file) });
      await post("/api/create", { model: name, files: { "tiny.gguf": digest }, stream: false, ...more });
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

const startLimitMs = 30_000;

/** A server says in its log where it listens, before it looks for GPUs. */
async function listeningPort(child: ChildProcess, log: readonly string[]): Promise<number> {
  for (let waitedMs = 0; waitedMs < startLimitMs; waitedMs += 50) {
    const [, endpoint = ""] = /Listening on (\S+) /.exec(log.join("")) ?? [];
    const port = parseEndpoint(endpoint)?.port;
    if (port !== undefined) return port;
    if (child.exitCode !== null) break;
    await sleep(50);
  }
  child.kill("SIGKILL");
  throw new Error(`ollama did not begin to listen: ${log.join("").slice(-2000)}`);
}

function requestIn(line: string): string {
  const [, method = "", path = ""] = /\| (\w+) +"([^"]*)"$/.exec(line) ?? [];
  return `${method} ${path}`;
}
