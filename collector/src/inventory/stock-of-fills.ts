/**
 * (how filesystems filled, what a probe has just read) → how they filled. Pure. One number a day and filesystem is enough to see when it will be full, and
 * is at hand when rules are asked; the samples themselves lie in the store.
 */
import { Outcome } from "@nodekeeper/proto";
import type { FillHistory, NodeInventory } from "../state/node-inventory.ts";
import type { ProbeState } from "../state/node-state.ts";
import type { SubjectState } from "../state/subject-state.ts";

const dayMs = 24 * 3_600_000;
/** Three weeks: a week has its own rhythm, and what was a month ago says little of now. */
const maximumDays = 22;
/** Filesystems of one node that are followed. */
const maximumFilesystems = 16;
/** The size of a filesystem is told a little differently after an update of its tools. */
const sameSize = 0.01;

/** Whether a day has passed since the numbers were taken. */
export function isFillDue({ fills }: NodeInventory, probe: ProbeState): boolean {
  return probe.lists.has("filesystem") && probe.observedAtMs - (fills?.takenAtMs ?? 0) >= dayMs;
}

/** Takes the day's number of each filesystem that can fill; the same object where no day has passed. */
export function stockOfFills(inventory: NodeInventory, probe: ProbeState): NodeInventory {
  if (!isFillDue(inventory, probe)) return inventory;
  const before = inventory.fills?.of ?? {};
  const after: Record<string, FillHistory> = {};
  for (const subject of probe.subjects.values()) {
    if (subject.kind !== "filesystem" || Object.keys(after).length >= maximumFilesystems) continue;
    const known = before[subject.id];
    const history = subject.observedAtMs === probe.observedAtMs ? withDay(known, subject) : known;
    if (history !== undefined) after[subject.id] = history;
  }
  return { ...inventory, fills: { takenAtMs: probe.observedAtMs, of: after } };
}

function withDay(
  before: FillHistory | undefined,
  { outcome, value, samples, observedAtMs }: SubjectState,
): FillHistory | undefined {
  if (outcome === Outcome.ABSENT) return undefined;
  const used = samples.get("used_bytes");
  const available = samples.get("available_bytes");
  if (outcome !== Outcome.OK || value?.case !== "filesystem" || used === undefined || available === undefined) return before;
  const { isReadOnly, isRemote } = value.value;
  const sizeBytes = used + available;
  if (isReadOnly === true || isRemote === true || sizeBytes <= 0) return undefined;
  const isSame = before !== undefined && Math.abs(before.sizeBytes - sizeBytes) <= sameSize * sizeBytes;
  const days = isSame ? before.days.filter(([atMs]) => atMs < observedAtMs) : [];
  return { sizeBytes, days: [...days, [observedAtMs, used] as const].slice(-maximumDays) };
}
