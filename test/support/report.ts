/** What all probes make of a host, as plain values that can be compared and kept in a file. */
import { toJson } from "@bufbuild/protobuf";
import { probes as allProbes, type Examination, type Host, runDoctor } from "../../agent/src/doctor.ts";
import type { Probe } from "../../agent/src/probe.ts";
import { systemClock } from "../../packages/shared/src/index.ts";
import { SubjectListSchema, SubjectSchema } from "../../proto/src/index.ts";

/** One probe's part of a report. Durations, and ages until now, are left out: they are not the host's. */
export interface ProbeReport {
  readonly outcome: string;
  readonly failure?: unknown;
  readonly subjects?: readonly unknown[];
  readonly lists?: readonly unknown[];
  /** By kind, id and name; null is unknown. */
  readonly samples?: Readonly<Record<string, number | null>>;
}

/** By the name of the probe. */
export type HostReport = Readonly<Record<string, ProbeReport>>;

/** Runs the probes on a host, as the doctor does. */
export async function reportOf(host: Host, probes: readonly Probe[] = allProbes): Promise<HostReport> {
  const examinations = await runDoctor({ host, probes, clock: systemClock, signal: new AbortController().signal });
  return Object.fromEntries(examinations.map((examination) => [examination.probe, probeReport(examination)]));
}

/** The sample of a report; throws where there is none of that name. */
export function sampleIn(report: HostReport, kind: string, id: string, name: string): number | null {
  for (const { samples } of Object.values(report)) {
    const value = samples?.[sampleKey(kind, id, name)];
    if (value !== undefined) return value;
  }
  throw new Error(`there is no sample ${sampleKey(kind, id, name)}`);
}

/** The value of an ok subject of a report; throws where there is none. */
export function valueIn(report: HostReport, kind: string, id = ""): Readonly<Record<string, unknown>> {
  const subjects = Object.values(report).flatMap((probe) => probe.subjects ?? []);
  for (const subject of subjects.filter(isObject)) {
    if (subject["kind"] !== kind || (subject["id"] ?? "") !== id) continue;
    const value = subject[kind.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())];
    if (isObject(value)) return value;
  }
  throw new Error(`there is no ${kind} ${id} that was read`);
}

function probeReport({ outcome, failure, payload }: Examination): ProbeReport {
  if (payload === undefined) return failure === undefined ? { outcome } : { outcome, failure };
  return {
    outcome,
    subjects: payload.subjects.map((subject) => toJson(SubjectSchema, subject)),
    lists: payload.lists.map((list) => toJson(SubjectListSchema, list)),
    samples: Object.fromEntries(
      payload.samples
        .filter(({ name }) => !name.endsWith("_age_seconds"))
        .map(({ kind, id, name, value }) => [sampleKey(kind, id, name), value ?? null]),
    ),
  };
}

function sampleKey(kind: string, id: string, name: string): string {
  return [kind, id, name].filter((part) => part !== "").join(" ");
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
