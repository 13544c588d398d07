/** Asks at a steady rate, whether the answers keep up or not: a server that stalls is not asked less, and what waits behind the stall counts. */
import { Agent, get } from "node:http";
import { setTimeout as delay } from "node:timers/promises";

/** What came of it. */
export interface Asked {
  /** From when a request was due until its answer was read; in order. */
  readonly latenciesMs: readonly number[];
  /** Answers that were no 200 or 503 (which says that a node is not well), and connections that broke. */
  readonly failed: number;
}

/** Asks for so long. Connections are kept; there are as many as requests wait at once, at most 64. */
export async function askSteadily(
  url: string,
  path: () => string,
  perSecond: number,
  seconds: number,
  headers: Readonly<Record<string, string>> = {},
): Promise<Asked> {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const latenciesMs: number[] = [];
  let failed = 0;
  const startedAtMs = performance.now();
  const waiting: Promise<void>[] = [];
  const total = perSecond * seconds;
  for (let sent = 0; sent < total; ) {
    const due = Math.min(total, 1 + Math.floor(((performance.now() - startedAtMs) * perSecond) / 1000));
    for (; sent < due; sent += 1) waiting.push(ask(startedAtMs + (sent * 1000) / perSecond));
    await delay(1);
  }
  await Promise.all(waiting);
  agent.destroy();
  return { latenciesMs: latenciesMs.sort((a, b) => a - b), failed };

  function ask(dueAtMs: number): Promise<void> {
    return new Promise((resolve) => {
      const fail = (): void => {
        failed += 1;
        resolve();
      };
      get(`${url}${path()}`, { agent, headers }, (response) => {
        response.resume();
        response.on("end", () => {
          if (response.statusCode !== 200 && response.statusCode !== 503) return fail();
          latenciesMs.push(performance.now() - dueAtMs);
          resolve();
        });
      }).on("error", fail);
    });
  }
}
