/** Servers of tests. */
import { gpuStates, type MachineFacts } from "@nodekeeper/shared/readings";
import { type GpuMachineInit, gpuMachine, gpuMachineNowMs } from "@nodekeeper/shared/test-support";
import type { Backend } from "./backend.ts";

export const nowMs: number = gpuMachineNowMs;

/** A server with an agent, whose GPU is as of a workstation of 16 GiB unless said otherwise. */
export function aBackend(name: string, init: GpuMachineInit = {}, overrides: Partial<Backend> = {}): Backend {
  const facts: MachineFacts = gpuMachine(init);
  return {
    name,
    url: `http://${name}:11434`,
    reach: { kind: "up", sinceMs: nowMs - 60_000 },
    witness: "agent",
    isStale: false,
    facts,
    gpus: gpuStates(facts, nowMs),
    roles: { generation: { word: "yes", because: "policy" }, embeddings: { word: "yes", because: "policy" } },
    ...overrides,
  };
}

/** What a card of 4 GiB says of itself. */
export const smallCard: NonNullable<GpuMachineInit["gpus"]> = [
  {
    statusValue: { productName: "RTX 3050 Ti Laptop", memoryTotalBytes: 4 * 2 ** 30, memoryReservedBytes: 0 },
    samples: { memory_used_bytes: 0, memory_free_bytes: 4 * 2 ** 30 },
  },
];
