/**
 * Follows the kernel log of the machine that it is started on, as the agent does, and prints what it came to when its standard input says so.
 * Bundled for a guest.
 */
import { once } from "node:events";
import { systemClock } from "@nodekeeper/shared";
import { createLocalHost } from "../../agent/src/host/local-host.ts";
import { createKernelLogFollower } from "../../agent/src/probes/support/kernel-log/kernel-log-follower.ts";
import { createKernelLogWatcher } from "../../agent/src/watchers/kernel-log.ts";

const triggered: string[] = [];
const stop = new AbortController();
const follower = createKernelLogFollower();
const watching = createKernelLogWatcher(follower).watch({
  host: createLocalHost({ root: "/", clock: systemClock }),
  clock: systemClock,
  trigger: (_, reason) => void triggered.push(reason),
  signal: stop.signal,
});
process.stdin.resume();
await once(process.stdin, "end");
stop.abort();
await watching;
follower[Symbol.dispose]();

const { records, lost, suppressed, malformed, first, nextSequence, faults } = follower.memory();
const { user, system } = process.cpuUsage();
const counts = { records, lost, suppressed, malformed, firstSequence: first?.sequence, nextSequence };
process.stdout.write(JSON.stringify({ ...counts, faults: [...faults.keys()], triggered, cpuSeconds: (user + system) / 1e6 }));
