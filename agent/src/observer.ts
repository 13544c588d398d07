/** Makes observations of the runs of one probe: outcome, times, facts with their hash, packed samples. */
import { createHash } from "node:crypto";
import { create, toBinary } from "@bufbuild/protobuf";
import { FactsSchema, FailureSchema, Outcome, SampleKeySchema } from "@nodekeeper/proto";
import { AppError, type Clock } from "@nodekeeper/shared";
import type { Host, HostTime } from "./host/host.ts";
import { createLastReadings, type LastReadings } from "./last-readings.ts";
import { createPastRuns } from "./past-runs.ts";
import { failureOf, type Payload, type Sample } from "./payload.ts";
import type { FaultyDevices, Probe } from "./probe.ts";
import { type ProbeRun, runProbe } from "./run-probe.ts";
import type { NewObservation } from "./spool/spool.ts";

/** One run, as the scheduler sees it. */
export interface Observed {
  readonly run: ProbeRun;
  readonly observation: NewObservation;
}

/** What an observer needs. */
export interface ObserverContext {
  readonly host: Host;
  readonly clock: Clock;
  /** Default: none yet. */
  readonly lastReadings?: LastReadings;
}

/** Runs a probe and makes the observation. With the last readings a sleeping disk can be left alone. */
export function createObserver(
  probe: Probe,
  { host, clock, lastReadings = createLastReadings() }: ObserverContext,
): (intervalMs: number, signal: AbortSignal, faulty?: FaultyDevices) => Promise<Observed> {
  const pastRuns = createPastRuns();
  return async function observe(intervalMs, signal, faulty = new Set()) {
    const time = await host.time();
    const past = pastRuns.past(faulty);
    const run = await runProbe(probe, { host, clock, signal, lastReadAt: lastReadings.readAt, past });
    const envelope = envelopeOf(probe, time, intervalMs, run.durationMs);
    switch (run.outcome) {
      case "ok":
        pastRuns.note(run.payload, time.wallMs);
        return observationOf(envelope, run.durationMs, lastReadings.complete(run.payload, time.wallMs));
      case "absent":
        return { run, observation: { ...envelope, outcome: Outcome.ABSENT } };
      case "failed":
        return { run, observation: failedObservation(envelope, run.error) };
    }
  };
}

/** The observation of a run that was not begun at all, e.g. because the one before it hangs. */
export async function observeFailure(probe: Probe, host: Host, intervalMs: number, error: AppError): Promise<NewObservation> {
  return failedObservation(envelopeOf(probe, await host.time(), intervalMs, 0), error);
}

function envelopeOf(probe: Probe, time: HostTime, intervalMs: number, durationMs: number): NewObservation {
  return {
    probe: probe.name,
    observedAtUnixMs: BigInt(Math.round(time.wallMs)),
    uptimeMs: BigInt(Math.round(time.uptimeMs)),
    isFromEarlierBoot: false,
    intervalMs,
    durationMs: Math.round(durationMs),
    outcome: Outcome.UNSPECIFIED,
    factsHash: new Uint8Array(),
    body: { case: undefined },
    sampleValues: [],
  };
}

function failedObservation(envelope: NewObservation, error: AppError): NewObservation {
  return { ...envelope, outcome: Outcome.FAILED, failure: create(FailureSchema, failureOf(error)) };
}

/** What is larger than any collector takes would be lost without a word: that is a failure of the probe, with its size. */
function observationOf(envelope: NewObservation, durationMs: number, payload: Payload): Observed {
  const samples = payload.samples.toSorted(bySubjectAndName);
  const facts = create(FactsSchema, {
    subjects: payload.subjects.toSorted(byKindAndId),
    lists: payload.lists.toSorted((a, b) => compare(a.kind, b.kind)),
    sampleKeys: samples.map(({ kind, id, name }) => create(SampleKeySchema, { kind, id, name })),
  });
  const encoded = toBinary(FactsSchema, facts);
  const bytes = encoded.length + bytesPerSample * samples.length;
  if (bytes > maximumObservationBytes) {
    const counts = `${facts.subjects.length} subjects and ${samples.length} samples`;
    const message = `the probe ${envelope.probe} found ${counts}, ${bytes} bytes: more than the ${maximumObservationBytes} that fit a report`;
    const error = new AppError("PROTOCOL_TOO_LARGE", message);
    return { run: { outcome: "failed", error, durationMs }, observation: failedObservation(envelope, error) };
  }
  const observation: NewObservation = {
    ...envelope,
    outcome: Outcome.OK,
    factsHash: createHash("sha256").update(encoded).digest().subarray(0, hashBytes),
    body: { case: "full", value: facts },
    sampleValues: samples.map(({ value }) => value ?? Number.NaN),
  };
  return { run: { outcome: "ok", payload, durationMs }, observation };
}

/** Of SHA-256: equal only for equal facts, for all practical purposes. */
const hashBytes = 16;
const bytesPerSample = 8;
/** Below the 1 MiB that a collector wants at most in a report, with room for all that surrounds an observation. */
const maximumObservationBytes = 960 * 1024;

/** Order must not change the hash: a directory may be listed in another order the next time. */
function byKindAndId(
  a: { readonly kind: string; readonly id: string },
  b: { readonly kind: string; readonly id: string },
): number {
  return compare(a.kind, b.kind) || compare(a.id, b.id);
}

function bySubjectAndName(a: Sample, b: Sample): number {
  return byKindAndId(a, b) || compare(a.name, b.name);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
