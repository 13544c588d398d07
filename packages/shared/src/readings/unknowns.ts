/** What could not be told of a machine, and why. The verdict does not cover it, so it is named: silence about it would look like health. */
import type { Failure } from "../api/common.ts";
import type { NodeDetail, SubjectBody } from "../api/node.ts";
import { formatDuration } from "../config/duration.ts";
import { gpuPlace } from "./gpu-text.ts";
import { deviceName } from "./subjects.ts";

/** One thing that could not be told. */
export interface Unknown {
  readonly probe: string;
  readonly kind?: string;
  readonly id?: string;
  readonly reason: string;
  /** The code of the failure behind it, where there was one. */
  readonly code?: string;
}

/**
 * Probes that are overdue or failed; lists that are not whole; subjects that could not be read or that nobody spoke of lately. Of a silent or
 * failed probe only the probe itself is named: all that it knows is unknown with it.
 */
export function unknownsOf(detail: Pick<NodeDetail, "probes" | "lists" | "subjects">): readonly Unknown[] {
  const silent = new Set(
    detail.probes.filter(({ freshness, outcome }) => freshness !== "fresh" || outcome === "failed").map(({ name }) => name),
  );
  return [
    ...detail.probes.flatMap(probeUnknowns),
    ...detail.lists
      .filter((list) => !list.isComplete && !silent.has(list.probe))
      .map(({ probe, kind, failure }) => ({
        probe,
        kind,
        reason: `the list is not complete: ${reasonOf(failure)}`,
        ...codeOf(failure),
      })),
    ...detail.subjects.filter((subject) => !silent.has(subject.probe)).flatMap(subjectUnknowns),
  ];
}

/** Where it is, as people say it: the probe, and the subject by its name. */
export function placeText({ probe, kind, id }: Unknown, subjects: readonly SubjectBody[]): string {
  const isOfDisk = kind === "block_device" || kind === "disk_health";
  const isOfGpu = kind === "gpu" || kind === "gpu_status";
  const name = id === undefined ? "" : isOfDisk ? deviceName(subjects, id) : isOfGpu ? gpuPlace(id) : id;
  const isNamed = (isOfDisk && name !== id) || (isOfGpu && name !== "") || kind === "filesystem";
  const word = kind === undefined || isNamed ? "" : wordOf(kind, probe);
  return [probe, word, name].filter((part) => part !== "").join(" ");
}

/** A kind in words, without the probe's own name before it: "endpoint" of the probe ollama. */
function wordOf(kind: string, probe: string): string {
  const words = kind.replaceAll("_", " ");
  const own = probe.replaceAll("-", " ");
  return words === own || words.startsWith(`${own} `) ? words.slice(own.length + 1) : words;
}

function probeUnknowns(probe: NodeDetail["probes"][number]): readonly Unknown[] {
  if (probe.freshness !== "fresh") {
    const promise = `though it reports every ${formatDuration(probe.intervalMs)}`;
    return [{ probe: probe.name, reason: `no word since ${probe.observedAt}, ${promise}` }];
  }
  return probe.outcome === "failed" ? [{ probe: probe.name, reason: reasonOf(probe.failure), ...codeOf(probe.failure) }] : [];
}

function subjectUnknowns(subject: SubjectBody): readonly Unknown[] {
  const { probe, kind, id, failure } = subject;
  const name = { probe, kind, ...(id === "" ? {} : { id }) };
  if (subject.outcome === "failed") {
    const last = subject.readAt === undefined ? "" : `; last read ${subject.readAt}`;
    return [{ ...name, reason: `${reasonOf(failure)}${last}`, ...codeOf(failure) }];
  }
  if (subject.freshness === "fresh" || subject.outcome === "absent") return [];
  const since = subject.observedAt === undefined ? "it was never heard of" : `no word of it since ${subject.observedAt}`;
  return [{ ...name, reason: `${since}; the list that would tell is not complete` }];
}

function reasonOf(failure: Failure | undefined): string {
  return failure === undefined ? "no reason was given" : `${failure.message} (${failure.code})`;
}

function codeOf(failure: Failure | undefined): { readonly code?: string } {
  return failure === undefined ? {} : { code: failure.code };
}
