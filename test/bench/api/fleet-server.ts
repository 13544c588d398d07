/** The API in a process of its own, over a fleet of machines that report: what the benchmark asks. Commands come and answers go over IPC. */
import { setTimeout as delay } from "node:timers/promises";
import { startApi } from "../../../collector/src/api/test-support/api-harness.ts";
import { Machine, type Reading } from "../../../collector/src/api/test-support/machine.ts";
import { diskReadings, sensorReadings, smartReadings, systemReadings } from "../../../collector/src/api/test-support/readings.ts";

/** What the benchmark may ask for. */
export type Command =
  | { readonly kind: "cpu" }
  /** From now on so many observations a second, spread over the fleet; 0 stops them. */
  | { readonly kind: "events"; readonly perSecond: number };

/** What comes back. */
export type Answer =
  /** `token`: to ask with, where the server makes one. */
  | { readonly kind: "listening"; readonly url: string; readonly residentBytes: number; readonly token?: string }
  /** CPU time of the process and observations so far. `longestBlockMs`: of the event loop since the last command, where the server watches it. */
  | {
      readonly kind: "cpu";
      readonly cpuMs: number;
      readonly residentBytes: number;
      readonly observations: number;
      readonly longestBlockMs?: number;
    }
  | { readonly kind: "events" };

/** Serves until the other side is gone. `node-0` has about a hundred subjects, all others seventeen. */
export async function serveFleet(nodeCount: number): Promise<void> {
  const send = (answer: Answer): void => void process.send?.(answer);
  const api = await startApi();
  const machines = Array.from({ length: nodeCount }, (_, index) => new Machine(`node-${index}`));
  const nowMs = Date.now();
  for (const [index, machine] of machines.entries()) {
    api.state.apply(machine.connect(nowMs));
    api.state.apply(machine.observe("system", systemReadings(1000, 0.5), nowMs - 15_000));
    api.state.apply(machine.observe("system", systemReadings(1015, 0.5), nowMs));
    api.state.apply(machine.observe("disks", index === 0 ? manyDisks() : diskReadings(index % 100), nowMs));
    api.state.apply(machine.observe("sensors", sensorReadings(40 + (index % 30)), nowMs));
    api.state.apply(machine.observe("smart", smartReadings(), nowMs));
  }
  let perSecond = 0;
  let observations = 0;
  process.on("message", (command: Command) => {
    if (command.kind === "events") ({ perSecond } = command);
    const { user, system } = process.cpuUsage();
    const usage = { cpuMs: (user + system) / 1000, residentBytes: process.memoryUsage.rss(), observations };
    send(command.kind === "cpu" ? { kind: "cpu", ...usage } : { kind: "events" });
  });
  process.on("disconnect", () => process.exit());
  send({ kind: "listening", url: api.server.url, residentBytes: process.memoryUsage.rss() });

  let owed = 0;
  let lastAtMs = performance.now();
  for (let round = 0; ; round++) {
    await delay(10);
    const elapsedMs = performance.now() - lastAtMs;
    lastAtMs += elapsedMs;
    owed += (perSecond * elapsedMs) / 1000;
    for (; owed >= 1; owed--) {
      const machine = machines[Math.floor(Math.random() * nodeCount)];
      const atMs = Date.now();
      if (machine === undefined) continue;
      api.state.apply(machine.observe("system", systemReadings(1015 + round / 100, Math.random()), atMs));
      api.state.apply(machine.contact(atMs));
      observations += 1;
    }
  }
}

/** The disks of a small machine, and ninety filesystems more. */
function manyDisks(): readonly Reading[] {
  const readings = diskReadings();
  const filesystem = readings.find((reading) => reading.subject.kind === "filesystem");
  if (filesystem === undefined) throw new Error("there is no filesystem to multiply");
  const more = Array.from({ length: 83 }, (_, index) => ({
    ...filesystem,
    subject: { ...filesystem.subject, id: `/volume/${index}` },
  }));
  return [...readings, ...more];
}
