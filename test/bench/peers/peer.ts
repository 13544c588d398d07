/** A time series database of others as a process of its own, fed by remote write. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "@nodekeeper/shared";
import { freePorts } from "../../e2e/installation.ts";
import { processUsage } from "../agent/process-usage.ts";
import { fleetReadings } from "./fleet.ts";
import { remoteWriteBodies } from "./remote-write.ts";

/** What one of the systems cost. */
export interface Cost {
  readonly samples: number;
  readonly cpuSeconds: number;
  /** All that lies in its folder of data when everything is compacted. */
  readonly bytes: number;
  /** A part of it that is worth saying, in words. */
  readonly remark: string;
}

/** A system to be measured. */
export interface Peer {
  readonly name: string;
  argv(folder: string, address: string): readonly [string, ...string[]];
  /** Where samples are sent to. */
  readonly writePath: string;
  readonly healthPath: string;
  /** Has it write and compact everything; returns what to say of it. */
  settle(url: string): Promise<string>;
  /** The folder whose size counts. */
  dataFolder(folder: string): string;
}

const never = new AbortController().signal;
const startTimeoutMs = 30_000;
/** CPU time below which a process is taken to have come to rest, a second. */
const restingCpuSeconds = 0.03;

/** Starts it, sends it all readings in order of time, lets it come to rest, and measures. */
export async function measurePeer(peer: Peer, folder: string, nodes: number, startMs: number, endMs: number): Promise<Cost> {
  const [port] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const [program, ...args] = peer.argv(folder, `127.0.0.1:${port}`);
  const child = spawn(program, args, { env: {}, stdio: ["ignore", "ignore", "ignore"] });
  try {
    await untilHealthy(child, `${url}${peer.healthPath}`);
    let samples = 0;
    for (const readings of fleetReadings(nodes, startMs, endMs)) {
      for (const { body, samples: count } of remoteWriteBodies(readings)) {
        await send(`${url}${peer.writePath}`, body);
        samples += count;
      }
    }
    const remark = await peer.settle(url);
    await untilResting(child);
    const { cpuSeconds } = processUsage(child.pid ?? 0);
    return { samples, cpuSeconds, bytes: folderBytes(peer.dataFolder(folder)), remark };
  } finally {
    child.kill("SIGTERM");
    if (child.exitCode === null) await once(child, "exit");
  }
}

/** Asks it for something that it does; throws with its answer where it refuses. */
export async function post(url: string): Promise<string> {
  const response = await fetch(url, { method: "POST" });
  const text = await response.text();
  if (!response.ok) throw new Error(`${url}: ${response.status} ${text}`);
  return text;
}

/** Bytes of all files below a folder. */
function folderBytes(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

async function send(url: string, body: Uint8Array): Promise<void> {
  const headers = {
    "content-encoding": "snappy",
    "content-type": "application/x-protobuf",
    "x-prometheus-remote-write-version": "0.1.0",
  };
  const response = await fetch(url, { method: "POST", body: Buffer.from(body), headers });
  const text = await response.text();
  if (!response.ok) throw new Error(`${url}: ${response.status} ${text}`);
}

async function untilHealthy(child: ChildProcess, url: string): Promise<void> {
  for (const deadlineMs = systemClock.monotonicMs() + startTimeoutMs; ; ) {
    if (child.exitCode !== null) throw new Error(`${child.spawnfile} ended with ${child.exitCode}`);
    const response = await fetch(url).catch(() => undefined);
    if (response?.ok === true) return;
    if (systemClock.monotonicMs() > deadlineMs) throw new Error(`${child.spawnfile} does not answer at ${url}`);
    await systemClock.sleep(100, never);
  }
}

async function untilResting(child: ChildProcess): Promise<void> {
  for (let before = processUsage(child.pid ?? 0).cpuSeconds; ; ) {
    await systemClock.sleep(5_000, never);
    const now = processUsage(child.pid ?? 0).cpuSeconds;
    if (now - before < restingCpuSeconds * 5) return;
    before = now;
  }
}
