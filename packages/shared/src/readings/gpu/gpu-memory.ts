/** Memory of a GPU in numbers. */
import { numberField } from "../fields.ts";
import type { GpuReading } from "./gpu-reading.ts";

/** In bytes; undefined where it is not known. */
export interface GpuMemory {
  readonly totalBytes: number | undefined;
  /** What programs can have at most: the total without what the driver keeps. */
  readonly usableBytes: number | undefined;
  readonly usedBytes: number | undefined;
  /** Of one that sleeps: all that is usable, since nobody holds anything of it. */
  readonly freeBytes: number | undefined;
}

/** By the last answer of the driver. */
export function gpuMemory({ status, isAsleep }: Pick<GpuReading, "status" | "isAsleep">): GpuMemory {
  if (status === undefined) return { totalBytes: undefined, usableBytes: undefined, usedBytes: undefined, freeBytes: undefined };
  const totalBytes = numberField(status, "memoryTotalBytes");
  const usableBytes = totalBytes === undefined ? undefined : totalBytes - (numberField(status, "memoryReservedBytes") ?? 0);
  if (isAsleep) return { totalBytes, usableBytes, usedBytes: usableBytes === undefined ? undefined : 0, freeBytes: usableBytes };
  const used = status.samples["memory_used_bytes"];
  const free = status.samples["memory_free_bytes"];
  return {
    totalBytes,
    usableBytes,
    usedBytes: used ?? (usableBytes === undefined || free === undefined ? undefined : usableBytes - free),
    freeBytes: free ?? (usableBytes === undefined || used === undefined ? undefined : usableBytes - used),
  };
}
