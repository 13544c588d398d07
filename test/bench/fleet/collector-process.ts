/** The collector of the benchmark: the built one, in a process of its own on a core of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** How it is started. */
export interface CollectorOptions {
  /** Folder of the built programs. */
  readonly dist: string;
  /** Of V8. */
  readonly flags: readonly string[];
  readonly dataDir: string;
  /** The core that it is pinned to; undefined: wherever the kernel likes. */
  readonly core: string | undefined;
  /** Whether agents come by TLS and prove who they are, or by the local door. */
  readonly door: "public" | "local";
  readonly httpPort: number;
  readonly grpcPort: number;
}

/** It runs. */
export interface CollectorProcess {
  usage(): Usage;
  /** A number of its page of metrics. */
  metrics(): Promise<(name: string) => number>;
  /** Ends it in order; gives its exit status. */
  stop(): Promise<number>;
}

/** CPU and memory of a process with all its threads, as the kernel counts them. */
export interface Usage {
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  readonly anonymousBytes: number;
}

/** Starts it, and waits until it listens. */
export async function startCollector(options: CollectorOptions): Promise<CollectorProcess> {
  const { dist, flags, dataDir, core, door, httpPort, grpcPort } = options;
  const program = [process.execPath, ...flags, join(dist, "collector.cjs")];
  const address = `127.0.0.1:${grpcPort}`;
  const listen = ["--listen", `127.0.0.1:${httpPort}`, "--data-dir", dataDir, "--log-level", "info"];
  if (door === "local") listen.push("--grpc-listen", address);
  else listen.push("--grpc-listen", "none", "--public-grpc-listen", address, "--public-name", "127.0.0.1", "--kubernetes", "off");
  const pinned = core === undefined ? [] : ["taskset", "--cpu-list", core];
  const [file = "", ...args] = [...pinned, ...program, ...listen];
  const nodePath = join(import.meta.dirname, "../../../collector/node_modules");
  const child = spawn(file, args, {
    stdio: ["ignore", "ignore", "pipe"],
    env: { PATH: process.env["PATH"], NODE_PATH: nodePath },
  });
  await listening(child);
  return {
    usage: () => usageOf(child.pid ?? 0),
    async metrics() {
      const text = await fetch(`http://127.0.0.1:${httpPort}/metrics`).then((response) => response.text());
      return (name) => Number(new RegExp(`^nodekeeper_collector_${name} (.*)$`, "m").exec(text)?.[1]);
    },
    async stop() {
      if (child.exitCode !== null) return child.exitCode;
      const exited = once(child, "exit");
      child.kill("SIGTERM");
      const [status] = await exited;
      return status;
    },
  };
}

/** Usage of a process. */
export function usageOf(pid: number): Usage {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const kibibytes = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) * 1024;
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / 100,
    residentBytes: kibibytes("VmRSS"),
    anonymousBytes: kibibytes("RssAnon"),
  };
}

/** Reads its log until it says that it listens, and lets the rest of it go. */
function listening(child: ChildProcess): Promise<void> {
  let text = "";
  return new Promise((resolve, reject) => {
    child.stderr?.on("data", (chunk: Buffer) => {
      text += String(chunk);
      if (!text.includes("the collector is listening")) return;
      child.stderr?.removeAllListeners("data");
      child.stderr?.resume();
      resolve();
    });
    child.on("exit", () => reject(new Error(`the collector ended: ${text.slice(-2_000)}`)));
  });
}
