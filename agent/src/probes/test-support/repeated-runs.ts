/** Runs of a probe one after the other, as the scheduler makes them: each knows what the one before it found. */
import { systemClock } from "@nodekeeper/shared";
import type { Host } from "../../host/host.ts";
import { createObserver } from "../../observer.ts";
import type { Payload } from "../../payload.ts";
import type { Probe } from "../../probe.ts";

/** Makes the next run with every call, and gives back what would be reported. Rejects where the run fails or finds nothing. */
export function repeatedRuns(probe: Probe, host: Host): () => Promise<Payload> {
  const observe = createObserver(probe, { host, clock: systemClock });
  return async () => {
    const { run, observation } = await observe(probe.intervalMs, new AbortController().signal);
    if (run.outcome === "failed") throw run.error;
    if (run.outcome !== "ok" || observation.body.case !== "full") throw new Error(`the probe ${probe.name} says ${run.outcome}`);
    // What was carried is complete only in the observation.
    return { ...run.payload, subjects: observation.body.value.subjects };
  };
}
