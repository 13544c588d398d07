/** A process of simulated agents: `simulator.ts ADDRESS [FILE OF AUTHORITIES]`. It does what its parent says by IPC, and answers each word with its tally. */
import { readFileSync } from "node:fs";
import { createDialler } from "./dial.ts";
import { createSimulatedAgent, type Member, type SimulatedAgent, type Tally } from "./simulated-agent.ts";
import { createTimerWheel } from "./timer-wheel.ts";

/** A word of the parent. */
export type Command =
  /** Make agents of these machines; they dial at this rate, 0: all at once. */
  | { readonly kind: "start"; readonly members: readonly Member[]; readonly perSecond: number }
  /** So many agents a second, of all of this process, crash and come back. */
  | { readonly kind: "churn"; readonly perSecond: number }
  /** Say the tally, and begin times anew. */
  | { readonly kind: "report" };

/** A tally on its way. */
export type TallyReport = Omit<Tally, "reasons"> & { readonly reasons: readonly (readonly [string, number])[] };

const [, , address = "", authorities] = process.argv;
const dial = createDialler({ address, authorities: authorities === undefined ? undefined : readFileSync(authorities, "utf8") });
const schedule = createTimerWheel();
const agents: SimulatedAgent[] = [];
const tally: Tally = {
  ...{
    connected: 0,
    greetings: 0,
    observed: 0,
    acknowledged: 0,
    rejected: 0,
    needFull: 0,
    broken: 0,
    sentAway: 0,
    lost: 0,
    forgotten: 0,
  },
  ...{ reasons: new Map(), latenciesMs: [], admissionsMs: [] },
};
/** A machine that crashed is back after so long. */
const awayMs = 5_000;
let churnPerSecond = 0;

process.on("disconnect", () => process.exit());
process.on("message", (command: Command) => {
  switch (command.kind) {
    case "start":
      command.members.forEach((member, index) => {
        const agent = createSimulatedAgent(member, dial, schedule, tally);
        agents.push(agent);
        if (command.perSecond === 0) agent.start();
        else schedule((index / command.perSecond) * 1_000, agent.start);
      });
      break;
    case "churn":
      if (churnPerSecond === 0 && command.perSecond > 0) schedule(1_000 / command.perSecond, churn);
      churnPerSecond = command.perSecond;
      break;
    case "report":
      break;
  }
  const report: TallyReport = { ...tally, reasons: [...tally.reasons] };
  process.send?.(report);
  tally.latenciesMs = [];
  tally.admissionsMs = [];
});

function churn(): void {
  agents[Math.floor(Math.random() * agents.length)]?.crash(awayMs);
  if (churnPerSecond > 0) schedule(1_000 / churnPerSecond, churn);
}
