/** Every probe once, here, with no collector: what `nodekeeper doctor` shows and how a host is recorded. */
import { AppError, type Clock } from "@nodekeeper/shared";
import type { Host } from "./host/host.ts";
import type { Payload } from "./payload.ts";
import type { Probe, ProbeNeeds } from "./probe.ts";
import { runProbe } from "./run-probe.ts";

export type { FilesystemUsage, Host } from "./host/host.ts";
export { openHost } from "./host/open-host.ts";
export { createRecordingHost, type RecordingHost } from "./host/recording-host.ts";
export type { Payload, Sample } from "./payload.ts";
export type { Probe } from "./probe.ts";
export { probes } from "./probes/index.ts";

/** What one probe found. */
export interface Examination {
  /** Name of the probe. */
  readonly probe: string;
  /** For people: what it reads. */
  readonly title: string;
  /** What it needs to read all that it can. */
  readonly needs: ProbeNeeds;
  readonly outcome: "ok" | "absent" | "failed";
  readonly durationMs: number;
  /** Set when the outcome is "failed": nothing could be read. */
  readonly failure?: { readonly code: string; readonly message: string };
  /** Set when the outcome is "ok"; single subjects in it may have failed. */
  readonly payload?: Payload;
}

/** What to examine. */
export interface DoctorOptions {
  readonly host: Host;
  readonly probes: readonly Probe[];
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Runs the probes at the same time, each within its own timeout, and gives their results in the same order. Rejects only when aborted. */
export async function runDoctor({ host, probes, clock, signal }: DoctorOptions): Promise<readonly Examination[]> {
  const examinations = await Promise.all(probes.map((probe) => examine(probe, { host, clock, signal })));
  if (signal.aborted) throw AppError.from(signal.reason, "ABORTED");
  return examinations;
}

async function examine(probe: Probe, context: Omit<DoctorOptions, "probes">): Promise<Examination> {
  const run = await runProbe(probe, context);
  const common = { probe: probe.name, title: probe.title, needs: probe.needs, outcome: run.outcome, durationMs: run.durationMs };
  switch (run.outcome) {
    case "ok":
      return { ...common, payload: run.payload };
    case "absent":
      return common;
    case "failed":
      return { ...common, failure: { code: run.error.code, message: run.error.message } };
  }
}
