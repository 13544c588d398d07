/**
 * Faults that the kernel has told of since the machine was started. Source: /dev/kmsg (kernel documentation, ABI/testing/dev-kmsg), and btime of
 * /proc/stat for the times; what is understood stands in support/kernel-log/faults. Only the kernel itself is believed: programs may write there.
 *
 * In the agent it shares its follower with the watcher `kernel-log`, which reads all the time. Alone, as in `doctor`, it reads the ring once:
 * then the start of the machine may be overwritten already, and it says how far the log reached back.
 *
 * Times are by the machine's clock now, with a start of the machine that is known to a second. What was followed is right to two seconds more;
 * what was there when the agent began is off by the drift of the log's clock (up to some seconds for each day since the start), and too late by
 * the suspends since then.
 */
import { KernelFaultSeverity, type Subject, type SubjectList } from "@nodekeeper/proto";
import { AppError } from "@nodekeeper/shared";
import type { Host } from "../host/host.ts";
import { type Reading, readFile } from "../host/reading.ts";
import { completeList, incompleteList, okSubject, type Payload, type Sample } from "../payload.ts";
import { defineProbe, type Probe } from "../probe.ts";
import type { FaultSeverity } from "./support/kernel-log/fault-kind.ts";
import { createKernelLogFollower, type KernelLogFollower } from "./support/kernel-log/kernel-log-follower.ts";
import { faultId, type KernelLogMemory, maximumFaults, type RememberedFault } from "./support/kernel-log/kernel-log-memory.ts";

/** What one run reads; undefined where there is no kernel log. */
export interface RawKernelLog {
  readonly memory: KernelLogMemory;
  /** False where the log grew faster than it was read. */
  readonly isDrained: boolean;
  /** /proc/stat, which says when the machine was started, by its clock now. */
  readonly stat: Reading;
}

const statPath = "/proc/stat";

/** Makes the probe. Without a follower each run reads the whole ring by itself. */
export function createKernelLogProbe(follower?: KernelLogFollower): Probe<RawKernelLog | undefined> {
  return defineProbe<RawKernelLog | undefined>({
    name: "kernel-log",
    title: "faults that the kernel tells of",
    intervalMs: 60_000,
    minimumIntervalMs: 10_000,
    maximumIntervalMs: 3_600_000,
    timeoutMs: 10_000,
    needs: { paths: ["/dev/kmsg", statPath], commands: [], root: true },
    read: (host, signal) => read(host, signal, follower),
    parse,
  });
}

async function read(host: Host, signal: AbortSignal, shared: KernelLogFollower | undefined): Promise<RawKernelLog | undefined> {
  const follower = shared ?? createKernelLogFollower();
  try {
    const isDrained = await follower.catchUp(host, signal);
    return { memory: follower.memory(), isDrained, stat: await readFile(host, statPath) };
  } catch (thrown) {
    const error = AppError.from(thrown, "HOST_READ_FAILED");
    if (error.code === "HOST_FILE_MISSING") return undefined;
    throw error;
  } finally {
    if (shared === undefined) follower[Symbol.dispose]();
  }
}

function parse(raw: RawKernelLog | undefined): Payload | undefined {
  if (raw === undefined) return undefined;
  const { memory, isDrained } = raw;
  const startedAtMs = startOf(raw.stat);
  const { first, lost, suppressed, malformed, faults, forgottenFaults } = memory;
  const isWhole = isDrained && (first === undefined || first.sequence === 0) && lost + suppressed + malformed === 0;
  const log = okSubject("kernel_log", "", {
    isWhole,
    sinceUnixMs: first === undefined ? undefined : wallTime(startedAtMs, first.sequence === 0 ? 0 : first.uptimeMs),
  });
  return {
    subjects: [log, ...[...faults.values()].map((fault) => faultSubject(fault, startedAtMs))],
    lists: [faultList(isDrained, forgottenFaults)],
    samples: [...logSamples(memory), ...[...faults.values()].map(occurrencesOf)],
  };
}

function faultList(isDrained: boolean, forgottenFaults: number): SubjectList {
  if (!isDrained) return incomplete("the kernel log grows faster than it can be read");
  if (forgottenFaults === 0) return completeList("kernel_fault");
  return incomplete(`more than ${maximumFaults} faults: ${forgottenFaults} of the least severe and oldest were forgotten`);
}

function incomplete(why: string): SubjectList {
  return incompleteList("kernel_fault", new AppError("HOST_OUTPUT_TOO_LARGE", why));
}

function faultSubject(fault: RememberedFault, startedAtMs: number | undefined): Subject {
  const { code, device, kind, message, firstUptimeMs, lastUptimeMs } = fault;
  return okSubject("kernel_fault", faultId(fault), {
    code,
    device,
    message,
    firstAtUnixMs: wallTime(startedAtMs, firstUptimeMs),
    lastAtUnixMs: wallTime(startedAtMs, lastUptimeMs),
    severity: severities[kind.severity],
    area: kind.area,
    meaning: kind.meaning,
    action: kind.action ?? "",
  });
}

/** The start of the machine, in whole seconds; undefined where the kernel does not say it. */
function startOf(stat: Reading): number | undefined {
  const seconds = stat.outcome === "ok" ? /^btime (\d{1,12})$/m.exec(stat.value)?.[1] : undefined;
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}

function wallTime(startedAtMs: number | undefined, uptimeMs: number): bigint | undefined {
  return startedAtMs === undefined ? undefined : BigInt(startedAtMs + uptimeMs);
}

const severities: Readonly<Record<FaultSeverity, KernelFaultSeverity>> = {
  notice: KernelFaultSeverity.NOTICE,
  warning: KernelFaultSeverity.WARNING,
  fault: KernelFaultSeverity.FAULT,
};

function logSamples({ records, lost, suppressed, malformed }: KernelLogMemory): readonly Sample[] {
  const values = { records_total: records, lost_records_total: lost, suppressed_records_total: suppressed + malformed };
  return Object.entries(values).map(([name, value]) => ({ kind: "kernel_log", id: "", name, value }));
}

function occurrencesOf(fault: RememberedFault): Sample {
  return { kind: "kernel_fault", id: faultId(fault), name: "occurrences_total", value: fault.occurrences };
}
