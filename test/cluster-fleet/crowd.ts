/** Many agents in a process of their own. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { EnrolledMachine } from "../support/prepared-vault.ts";
import type { CrowdAnswer, CrowdOrder } from "./crowd-program.ts";
import type { Equipment } from "./machine-facts.ts";

/** They run. */
export interface Crowd extends Disposable {
  /** Resolves when all of them are connected and greeted. */
  greeted(withinMs: number): Promise<void>;
  /** Gives when each was acknowledged, ms since 1970. */
  equip(nodes: readonly string[], change: Partial<Equipment>): Promise<ReadonlyMap<string, number>>;
  restart(nodes: readonly string[]): Promise<void>;
}

/** Starts them. */
export async function startCrowd(
  door: { readonly address: string; readonly authorities: string },
  machines: readonly (EnrolledMachine & { readonly equipment: Equipment })[],
): Promise<Crowd> {
  const program = fork(fileURLToPath(new URL("crowd-program.ts", import.meta.url)), { stdio: "inherit" });
  await tell(program, { kind: "start", ...door, machines });
  return {
    async greeted(withinMs) {
      const endMs = performance.now() + withinMs;
      for (;;) {
        const { greeted, reasons } = await tell(program, { kind: "count" });
        if (greeted === machines.length) return;
        if (performance.now() > endMs)
          throw new Error(`${greeted} of ${machines.length} agents were greeted within ${withinMs} ms: ${reasons.join("; ")}`);
        await sleep(200);
      }
    },
    equip: async (nodes, change) =>
      new Map(Object.entries((await tell(program, { kind: "equip", nodes, change })).acknowledgedAtMs)),
    restart: async (nodes) => void (await tell(program, { kind: "restart", nodes })),
    [Symbol.dispose]: () => void program.kill("SIGKILL"),
  };
}

async function tell(program: ChildProcess, order: CrowdOrder): Promise<CrowdAnswer> {
  program.send(order);
  const [answer] = await once(program, "message");
  return answer as CrowdAnswer; // as crowd-program.ts sends it
}
