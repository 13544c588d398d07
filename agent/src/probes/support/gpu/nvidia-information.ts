/**
 * What NVIDIA's driver says of a GPU for as long as it holds it: /proc/driver/nvidia/gpus/<address>/information. To answer, the driver wakes a GPU that
 * sleeps, and waits for its idleness anew where it is awake (nv_procfs_read_gpu_info in its kernel-open/nvidia/nv-procfs.c takes a reference on its
 * power; the file `power` beside it takes none). So it is read once, of a GPU that is awake, and kept.
 */
import type { Host } from "../../../host/host.ts";
import { type Reading, readFile } from "../../../host/reading.ts";

/** Keeps what was read. */
export interface NvidiaInformation {
  /** Of a GPU that its driver lists; absent of one that sleeps and was never read awake. */
  of(host: Host, path: string, isAwake: boolean): Promise<Reading>;
  /** Forgets all but these: what the driver has let go may be another thing when it takes it again. */
  keepOnly(paths: readonly string[]): void;
}

/** Knows nothing at first. */
export function createNvidiaInformation(): NvidiaInformation {
  const known = new Map<string, Reading>();
  return {
    async of(host, path, isAwake) {
      const before = known.get(path);
      if (before !== undefined) return before;
      if (!isAwake) return { outcome: "absent", path };
      const reading = await readFile(host, path);
      if (reading.outcome === "ok") known.set(path, reading);
      return reading;
    },
    keepOnly(paths) {
      for (const path of known.keys()) if (!paths.includes(path)) known.delete(path);
    },
  };
}
