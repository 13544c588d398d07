/** One run of one probe: timeout, outcome and duration. The probe itself knows of none of them. */
import { AppError, type Clock, createDeadline } from "@nodekeeper/shared";
import type { Host } from "./host/host.ts";
import type { Payload } from "./payload.ts";
import type { LastReadAt, Past, Probe } from "./probe.ts";

/** What a run came to. */
export type ProbeRun = { readonly durationMs: number } & (
  | { readonly outcome: "ok"; readonly payload: Payload }
  | { readonly outcome: "absent" }
  | { readonly outcome: "failed"; readonly error: AppError }
);

/** What a run needs besides the probe. */
export interface ProbeRunContext {
  readonly host: Host;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** What earlier runs have read; without it the probe reads everything. */
  readonly lastReadAt?: LastReadAt;
  /** What else is known from before. */
  readonly past?: Past;
}

/**
 * Runs a probe once; never rejects. A read that takes longer than the probe's timeout has failed with PROBE_TIMEOUT, whether or not it ever
 * comes back; one that was aborted from outside has failed with ABORTED.
 */
export async function runProbe(probe: Probe, { host, clock, signal, lastReadAt, past }: ProbeRunContext): Promise<ProbeRun> {
  const startedAtMs = clock.monotonicMs();
  const durationMs = (): number => clock.monotonicMs() - startedAtMs;
  const late = new AppError("PROBE_TIMEOUT", `the probe ${probe.name} did not end within ${probe.timeoutMs / 1000} s`);
  using deadline = createDeadline(clock, probe.timeoutMs, signal, late);
  try {
    const raw = await Promise.race([probe.read(host, deadline.signal, lastReadAt, past), rejectOnAbort(deadline.signal)]);
    const payload = probe.parse(raw);
    return payload === undefined
      ? { outcome: "absent", durationMs: durationMs() }
      : { outcome: "ok", payload, durationMs: durationMs() };
  } catch (thrown) {
    // A read that heeds the signal says only that it was aborted; the reason is ours.
    const reason: unknown = deadline.signal.aborted ? deadline.signal.reason : thrown;
    const error = signal.aborted ? AppError.from(reason, "ABORTED") : AppError.from(reason);
    return { outcome: "failed", error, durationMs: durationMs() };
  }
}

function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = (): void => reject(AppError.from(signal.reason, "ABORTED"));
    if (signal.aborted) fail();
    else signal.addEventListener("abort", fail, { once: true });
  });
}
