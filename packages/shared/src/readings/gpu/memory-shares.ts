/**
 * Who holds how much of a GPU's memory now: models by their names, games and other programs by theirs. What the driver counts as used and nobody is named
 * for is "unnamed"; what it counts as free is not in here.
 */
import { type ModelPlacement, placements } from "../ollama/placement.ts";
import { gpuMemory } from "./gpu-memory.ts";
import { type GpuReading, gpuReadings, hasOwnMemory } from "./gpu-reading.ts";
import type { GpuUser, MachineFacts } from "./gpu-users.ts";

/** Memory that one owner holds. */
export interface MemoryShare {
  /** unnamed: somebody, the driver does not say who. */
  readonly owner: GpuUser["purpose"] | "unnamed";
  /** The model, where it is Ollama's and known; else the program; "" where it is unnamed. */
  readonly name: string;
  readonly bytes: number;
}

/** Less is a driver's rounding, and nobody's. */
const leastUnnamedBytes = 2 ** 20;

/** Of one GPU, who holds most first; empty where it sleeps, or what is used of it is not known now. */
export function memoryShares(gpu: GpuReading, facts: MachineFacts): readonly MemoryShare[] {
  if (gpu.isAsleep || gpu.status?.outcome !== "ok" || gpu.status.freshness !== "fresh") return [];
  const placed = placements(facts);
  const named = namedShares(gpu.users, placed);
  const left = Math.max(0, (gpuMemory(gpu).usedBytes ?? 0) - sum(named));
  const claimed = isOnlyOne(gpu, facts) ? claimedShares(placed, left) : [];
  const unnamed = left - sum(claimed);
  const shares: readonly MemoryShare[] = [
    ...named,
    ...claimed,
    ...(unnamed < leastUnnamedBytes ? [] : [{ owner: "unnamed" as const, name: "", bytes: unnamed }]),
  ];
  return shares.toSorted((a, b) => b.bytes - a.bytes || (a.name < b.name ? -1 : 1));
}

/** Processes of which the driver says what they hold, those of one name together. */
function namedShares(users: readonly GpuUser[], placed: readonly ModelPlacement[]): readonly MemoryShare[] {
  const models = new Map(placed.flatMap(({ pid, model }) => (pid === undefined ? [] : [[pid, model] as const])));
  const shares = new Map<string, MemoryShare>();
  for (const { purpose: owner, name: program, pid, memoryUsedBytes = 0 } of users) {
    if (memoryUsedBytes === 0) continue;
    const name = (pid === undefined ? undefined : models.get(pid)) ?? program;
    const key = `${owner} ${name}`;
    shares.set(key, { owner, name, bytes: memoryUsedBytes + (shares.get(key)?.bytes ?? 0) });
  }
  return [...shares.values()];
}

/** Drivers other than NVIDIA's name nobody with memory: what Ollama says it has there is believed as far as so much is used at all. */
function claimedShares(placed: readonly ModelPlacement[], usedBytes: number): readonly MemoryShare[] {
  let left = usedBytes;
  return placed.flatMap(({ model, pid, placement, claimedVramBytes = 0 }) => {
    const bytes = Math.min(left, claimedVramBytes);
    if (pid !== undefined || placement === "cpu-fallback" || bytes <= 0) return [];
    left -= bytes;
    return [{ owner: "ollama" as const, name: model, bytes }];
  });
}

/** Where there are several, nobody says on which of them a model lies. */
function isOnlyOne(gpu: GpuReading, facts: MachineFacts): boolean {
  return gpuReadings(facts)
    .filter(hasOwnMemory)
    .every(({ id }) => id === gpu.id);
}

function sum(shares: readonly MemoryShare[]): number {
  return shares.reduce((total, { bytes }) => total + bytes, 0);
}
