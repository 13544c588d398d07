/** What the stream costs while much happens, and how late clients hear of it. */
import { setTimeout as delay } from "node:timers/promises";
import { constants, deflateRawSync } from "node:zlib";
import type { StreamMessage } from "@nodekeeper/shared/api";
import { WebSocket } from "ws";
import type { FleetProcess } from "./fleet-process.ts";
import { quantile } from "./measure-http.ts";

/** What a number of clients costs. */
export interface StreamCost {
  readonly clients: number;
  /** Of one core, while the events go on. */
  readonly cpuPercent: number;
  readonly observationsPerSecond: number;
  readonly messagesPerSecond: number;
  readonly bytesPerMessage: number;
  /** From an event to the client that has parsed it. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly residentBytes: number;
}

/** Listens for a while with so many clients while the fleet reports. One of them reads what it gets, the others count. */
export async function measureStream(fleet: FleetProcess, clients: number, seconds: number): Promise<StreamCost> {
  const latencies: number[] = [];
  let messages = 0;
  let bytes = 0;
  const sockets = Array.from({ length: clients }, () => new WebSocket(`${fleet.url.replace("http", "ws")}/api/v1/stream`));
  await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once("message", resolve))));
  for (const [index, socket] of sockets.entries()) {
    socket.on("message", (data: Buffer) => {
      messages += 1;
      bytes += data.length;
      if (index === 0) latencies.push(...latenciesOf(data));
    });
  }
  const before = await fleet.usage();
  const startedAtMs = performance.now();
  await delay(seconds * 1000);
  const elapsedMs = performance.now() - startedAtMs;
  const after = await fleet.usage();
  for (const socket of sockets) socket.terminate();
  return {
    clients,
    cpuPercent: (100 * (after.cpuMs - before.cpuMs)) / elapsedMs,
    observationsPerSecond: (1000 * (after.observations - before.observations)) / elapsedMs,
    messagesPerSecond: (1000 * messages) / elapsedMs / Math.max(1, clients),
    bytesPerMessage: bytes / Math.max(1, messages),
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
    residentBytes: after.residentBytes,
  };
}

/** What compressing a message costs and saves, at the level that `ws` takes by default and at the fastest. */
export async function measureDeflate(fleet: FleetProcess): Promise<readonly string[]> {
  const socket = new WebSocket(`${fleet.url.replace("http", "ws")}/api/v1/stream`);
  const messages: Buffer[] = [];
  socket.on("message", (data: Buffer) => messages.push(data));
  while (messages.length < 4) await delay(50);
  socket.terminate();
  const [snapshot, , , delta] = messages;
  return [
    ...(snapshot === undefined ? [] : deflateRows("snapshot", snapshot)),
    ...(delta === undefined ? [] : deflateRows("delta", delta)),
  ];
}

function deflateRows(title: string, message: Buffer): readonly string[] {
  return [constants.Z_BEST_SPEED, constants.Z_DEFAULT_COMPRESSION].map((level) => {
    const startedAtMs = performance.now();
    const rounds = 5;
    let size = 0;
    for (let round = 0; round < rounds; round++) size = deflateRawSync(message, { level }).length;
    const timeMs = (performance.now() - startedAtMs) / rounds;
    const name = level === constants.Z_BEST_SPEED ? "level 1" : "default level";
    return `| ${title}, ${name} | ${message.length} | ${size} | ${timeMs.toFixed(1)} |`;
  });
}

function latenciesOf(data: Buffer): readonly number[] {
  const nowMs = Date.now();
  const message = JSON.parse(data.toString()) as StreamMessage; // our own server's
  return message.nodes.map((node) => nowMs - Date.parse(node.lastContactAt));
}
