/** GPUs of tests. */
import type { FleetGpu } from "@nodekeeper/shared/api";

const gib = 2 ** 30;

/** One that is free, of 16 GiB. */
export function aFleetGpu(node: string, overrides: Partial<FleetGpu> = {}): FleetGpu {
  return {
    ...{ node, id: "0000:01:00.0", name: "NVIDIA GeForce RTX 5070 Ti", verdict: "free", text: "16.0 GiB are free" },
    ...{ freshness: "fresh", users: [], memory: [], memoryTotalBytes: 16 * gib, memoryFreeBytes: 16 * gib },
    ...overrides,
  };
}
