/** The process that fleet-server.ts runs in, seen from the benchmark. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { Answer, Command } from "./fleet-server.ts";

/** The process. */
export interface FleetProcess extends Disposable {
  readonly url: string;
  /** Where the server makes one. */
  readonly token: string | undefined;
  /** CPU time and observations so far, memory now, and what else the server tells of itself. */
  usage(): Promise<Extract<Answer, { readonly kind: "cpu" }>>;
  setEvents(perSecond: number): Promise<void>;
}

/** Starts one; `script` calls serveFleet when its argument is `--serve <nodes>`. */
export async function startFleet(script: string, nodeCount: number): Promise<FleetProcess> {
  const child = fork(script, ["--serve", String(nodeCount)], { execArgv: ["--disable-warning=ExperimentalWarning"] });
  const first = await next(child);
  if (first.kind !== "listening") throw new Error(`the server answered ${first.kind} first`);
  const ask = async (command: Command): Promise<Answer> => {
    const answer = next(child);
    child.send(command);
    return await answer;
  };
  return {
    url: first.url,
    token: first.token,
    async usage() {
      const answer = await ask({ kind: "cpu" });
      if (answer.kind !== "cpu") throw new Error(`the server answered ${answer.kind} to cpu`);
      return answer;
    },
    async setEvents(perSecond) {
      await ask({ kind: "events", perSecond });
    },
    [Symbol.dispose]: () => child.disconnect(),
  };
}

async function next(child: ChildProcess): Promise<Answer> {
  const [answer] = await once(child, "message");
  return answer as Answer; // fleet-server.ts sends nothing else
}
