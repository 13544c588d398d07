/** NVIDIA's driver has a list of processes for each kind of use; here they become one entry a process. */
import type { DriverProcess, Unchecked } from "../driver-reading.ts";

/** An entry of one of the lists. */
export interface ListedProcess {
  readonly pid: number;
  readonly memoryBytes: number | undefined;
  /** Names the instance of the GPU in which it runs; the same for all where there are none. */
  readonly instance: string;
  readonly isCompute: boolean;
  readonly isGraphics: boolean;
}

/** In the order of pids. A process that both computes and draws stands in two lists, each time with all its memory. */
export function mergeProcesses(all: readonly ListedProcess[]): readonly Unchecked<DriverProcess>[] {
  return [...Map.groupBy(all, ({ pid }) => pid)]
    .sort(([a], [b]) => a - b)
    .map(([pid, entries]) => ({
      pid,
      memoryBytes: memoryOf(entries),
      isCompute: entries.some(({ isCompute }) => isCompute),
      isGraphics: entries.some(({ isGraphics }) => isGraphics),
    }));
}

/** The same in every list, but of its own in every instance. */
function memoryOf(entries: readonly ListedProcess[]): number | undefined {
  const byInstance = new Map<string, number>();
  for (const { instance, memoryBytes } of entries) {
    if (memoryBytes !== undefined) byInstance.set(instance, Math.max(byInstance.get(instance) ?? 0, memoryBytes));
  }
  if (byInstance.size === 0) return undefined;
  return [...byInstance.values()].reduce((sum, bytes) => sum + bytes, 0);
}
