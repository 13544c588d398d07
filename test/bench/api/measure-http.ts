/** Times of requests, one after the other over one connection, and what each costs the server. */
import { Agent, request } from "node:http";
import type { FleetProcess } from "./fleet-process.ts";

/** What a kind of request costs. */
export interface RequestCost {
  readonly title: string;
  readonly bytes: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** CPU time of the server a request. */
  readonly cpuMs: number;
}

/** Sends a request so many times. */
export async function measureRequests(
  fleet: FleetProcess,
  title: string,
  path: string,
  count: number,
  headers: Record<string, string> = {},
): Promise<RequestCost> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  for (let index = 0; index < count / 5; index++) await get(agent, fleet.url + path, headers); // the compiler warms up
  const before = await fleet.usage();
  const times: number[] = [];
  let bytes = 0;
  for (let index = 0; index < count; index++) {
    const startedAtMs = performance.now();
    ({ bytes } = await get(agent, fleet.url + path, headers));
    times.push(performance.now() - startedAtMs);
  }
  const after = await fleet.usage();
  agent.destroy();
  return { title, bytes, p50Ms: quantile(times, 0.5), p99Ms: quantile(times, 0.99), cpuMs: (after.cpuMs - before.cpuMs) / count };
}

/** The tag under which a path is held now. */
export async function etagOf(fleet: FleetProcess, path: string): Promise<string> {
  return (await fetch(fleet.url + path)).headers.get("etag") ?? "";
}

/** The value below which this share of the values lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function get(agent: Agent, url: string, headers: Record<string, string>): Promise<{ readonly bytes: number }> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent, headers }, (response) => {
      let bytes = 0;
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
      });
      response.on("end", () => resolve({ bytes }));
    });
    sent.on("error", reject);
    sent.end();
  });
}
