/** Who holds a GPU's memory, by its last reading: Ollama and desktop as one each, programs by their names. Pure. */
import { type GpuReading, gpuMemory, type MachineFacts, memoryShares } from "@nodekeeper/shared/readings";
import { type HeldMemory, type OwnerPurpose, ownerKey } from "./memory-series.ts";

/** Undefined where nobody can tell: the agent is silent, or the driver. One that sleeps is held by nobody. */
export function heldMemoryOf(gpu: GpuReading, facts: MachineFacts): HeldMemory | undefined {
  const { device, status, isAsleep } = gpu;
  if (device.outcome !== "ok" || device.freshness !== "fresh") return undefined;
  const { usedBytes, freeBytes } = gpuMemory(gpu);
  if (isAsleep) return { owners: new Map(), freeBytes };
  if (status?.outcome !== "ok" || status.freshness !== "fresh") return undefined;
  const shares = memoryShares(gpu, facts);
  if (usedBytes === undefined && shares.length === 0) return undefined;
  // A process without a name bears its pid, which the next one does not.
  const nameless = new Set(gpu.users.flatMap(({ isKnown, name }) => (isKnown ? [] : [name])));
  const owners = new Map<string, number>();
  for (const { owner, name, bytes } of shares) {
    const key = nameless.has(name) ? keyOf("unnamed", "") : keyOf(owner, name);
    owners.set(key, (owners.get(key) ?? 0) + bytes);
  }
  return { owners, freeBytes };
}

function keyOf(purpose: OwnerPurpose, name: string): string {
  return ownerKey(purpose, purpose === "game" || purpose === "other" ? name : purpose);
}
