/**
 * The contract of a probe: code that reads one kind of fact on this machine. `read` does all I/O and no interpretation, `parse` is pure:
 * recorded output goes straight into `parse`. A probe does not log, retry, or keep state; the scheduler adds timeout, outcome, duration and
 * time. Counters stay raw: rates are made by whoever reads the history.
 */
import type { Subject } from "@nodekeeper/proto";
import type { AppError } from "@nodekeeper/shared";
import type { Host } from "./host/host.ts";
import type { Payload, SubjectKind } from "./payload.ts";

/** What a probe needs to be able to read; printed by `doctor` and by the deployment's documentation. */
export interface ProbeNeeds {
  readonly paths: readonly string[];
  readonly commands: readonly string[];
  /** Whether it needs root for all that it can read. */
  readonly root: boolean;
}

/**
 * When the value of a subject was last read on this machine, in ms since 1970; undefined where it never was. A probe keeps no state, so it is
 * told: what must not be asked often, as a sleepy disk, is left alone while its reading is young (Payload.carried).
 */
export type LastReadAt = (kind: SubjectKind, id: string) => number | undefined;

/**
 * Devices that the kernel log has just complained about, by the kernel's name, e.g. "sda", "nvme0n1" or "0000:01:00.0": their reading does not stand because it
 * is young. What would wake or harm a device still does not happen to it.
 */
export type FaultyDevices = ReadonlySet<string>;

/** A try that failed, and when it was made, in ms since 1970. */
export interface PastFailure {
  readonly error: AppError;
  readonly atMs: number;
}

/** What is known from before a run, besides when subjects were read. */
export interface Past {
  readonly faulty: FaultyDevices;
  /** The last try at a subject, where that failed. What a run only carries is no try. */
  failureOf(kind: SubjectKind, id: string): PastFailure | undefined;
  /** The subjects of a kind as they were last read, whatever happened since. */
  readings(kind: SubjectKind): readonly Subject[];
  /** A number of a subject as it was last read; undefined where it was not known then. */
  sample(kind: SubjectKind, id: string, name: string): number | undefined;
}

/** One kind of fact. `Raw` is what `read` brings and `parse` interprets. */
export interface Probe<Raw = unknown> {
  /** Stable, kebab-case, equal to the file's name. */
  readonly name: string;
  /** For people: what it reads, in a few words. */
  readonly title: string;
  /** Start-to-start target without the collector's wish. */
  readonly intervalMs: number;
  /** Bounds within which the collector may set the interval. */
  readonly minimumIntervalMs: number;
  readonly maximumIntervalMs: number;
  /** After this the run has failed with PROBE_TIMEOUT. */
  readonly timeoutMs: number;
  readonly needs: ProbeNeeds;
  /** All I/O, through the Host only. Throws AppError when nothing could be read. */
  read(host: Host, signal: AbortSignal, lastReadAt?: LastReadAt, past?: Past): Promise<Raw>;
  /** Pure. Undefined: this machine has nothing of the kind. Throws AppError when nothing could be understood. */
  parse(raw: Raw): Payload | undefined;
}

/** Checks a probe's shape at compile time and gives it the type that the list of probes holds. */
export function defineProbe<Raw>(probe: Probe<Raw>): Probe<Raw> {
  return probe;
}
