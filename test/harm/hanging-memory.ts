/**
 * A program: `node --expose-gc hanging-memory.ts CYCLES…` runs all probes each second of simulated time among things that hang, and prints after so
 * many cycles what is left on the heap once the garbage is collected.
 */
import { createLogger } from "@nodekeeper/shared";
import { FakeClock, settle } from "@nodekeeper/shared/test-support";
import { startHangingProbes } from "./hanging-probes.ts";

const cycleMs = 1_000;
/** Cycles between two looks at what the probes have made. */
const stepCycles = 100;

const clock = new FakeClock();
await using hanging = await startHangingProbes({
  clock,
  kind: "refused",
  logger: createLogger("memory", "silent"),
  intervalMs: cycleMs,
});
let cycles = 0;
for (const until of process.argv.slice(2).map(Number)) {
  while (cycles < until) {
    await clock.advance(stepCycles * cycleMs);
    cycles += stepCycles;
    hanging.forget();
  }
  for (let turn = 0; turn < 3; turn += 1) {
    globalThis.gc?.();
    await settle(); // finalizers run between two collections
  }
  process.stdout.write(`${JSON.stringify({ cycles, heapBytes: process.memoryUsage().heapUsed })}\n`);
}
