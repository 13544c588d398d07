/**
 * A program: `node gpu-day.ts ROOT SPOOL SECONDS [PROBE=INTERVAL…]` runs the agent's probing side on a host for so many seconds of simulated time: all probes at their own
 * intervals, all watchers, real files. Time goes on only while nothing of the agent's waits for the real world. Prints how often each probe ran, and
 * how often it failed.
 */
import { createLogger } from "@nodekeeper/shared";
import { FakeClock, settle } from "@nodekeeper/shared/test-support";
import { startProbing } from "../../agent/src/agent.ts";
import { readConfig } from "../../agent/src/config.ts";

/** No probe gives a read so little time. */
const stepMs = 500;
/** What waits for the real world, by the names that Node gives to its handles and requests. */
const waits = /^(?:FSReq|Process|TCP|PipeConnect|Pipe(?!Wrap$)|GetAddrInfo|HTTP|ShutdownWrap|WriteWrap)/;

const [root = "", spool = "", seconds = "", ...intervals] = process.argv.slice(2);
const clock = new FakeClock(Date.UTC(2026, 0, 1));
const config = readConfig("probe", {
  args: ["--host-root", root, "--spool-dir", spool, ...intervals.flatMap((wish) => ["--interval", wish])],
  env: {},
});
const logger = createLogger("day", "silent");
const side = await startProbing(config, "probe", {
  clock,
  random: () => 0.5, // no jitter
  logger,
  isRoot: true,
  runtimeVersion: process.versions.node,
  isUpgraded: () => false,
});
while (clock.monotonicMs() < Number(seconds) * 1000) {
  await clock.advance(stepMs);
  while (process.getActiveResourcesInfo().some((name) => waits.test(name))) await settle();
}
const runs = side.health.metrics().filter(({ name }) => name.includes("probe_runs"));
process.stdout.write(`${JSON.stringify(runs)}\n`);
await side[Symbol.asyncDispose]();
