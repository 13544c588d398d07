/**
 * A program: agents that keep to the wire's contract and observe nothing real. Its orders are one line of JSON on standard input; every second it says
 * on standard output how many observations wait; when its input ends it observes no more, sends what waits, and ends. Its ledger is a file.
 */
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { createLedger } from "../durability/ledger.ts";
import { type LoadAgentProof, startLoadAgent } from "../durability/load-agent.ts";

/** What it is told. */
export interface SimulationOrder {
  readonly address: string;
  readonly ledgerFile: string;
  readonly observeEveryMs: number;
  readonly agents: readonly { readonly node: string; readonly proof: LoadAgentProof }[];
}

/** What it says. */
export interface SimulationReport {
  readonly pending: number;
  /** Who still holds something, and how its last stream ended; at most ten. */
  readonly waiting: readonly string[];
  /** Impossible things that the ledger saw. */
  readonly complaints: readonly string[];
}

const sayEveryMs = 1_000;

const input = createInterface({ input: process.stdin });
const [line] = (await once(input, "line")) as [string]; // readline gives a text
const order = JSON.parse(line) as SimulationOrder; // the test wrote it, by the type above
using ledger = createLedger(order.ledgerFile);
const { address, observeEveryMs } = order;
const agents = order.agents.map((agent) => ({
  node: agent.node,
  agent: startLoadAgent({ ...agent, address, observeEveryMs, ledger }),
}));
const pending = (): number => agents.reduce((sum, { agent }) => sum + agent.pendingCount(), 0);
let isEnding = false;
input.once("close", () => {
  isEnding = true;
  for (const { agent } of agents) agent.stopObserving();
});
while (!isEnding || pending() > 0) {
  say();
  await sleep(sayEveryMs);
}
await Promise.all(agents.map(({ agent }) => agent[Symbol.asyncDispose]()));
// grpc-js lets go of no socket whose TLS handshake was cut off with its cable: it would keep this program for ever.
say(() => process.exit(0));

function say(onSaid?: () => void): void {
  const waiting = agents
    .filter(({ agent }) => agent.pendingCount() > 0)
    .map(
      ({ node, agent }) => `${node} holds ${agent.pendingCount()}, its last stream ended with ${agent.lastEnd() ?? "nothing"}`,
    );
  const report: SimulationReport = { pending: pending(), waiting: waiting.slice(0, 10), complaints: ledger.complaints() };
  process.stdout.write(`${JSON.stringify(report)}\n`, onSaid);
}
