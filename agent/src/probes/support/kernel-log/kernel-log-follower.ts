/**
 * Follows the kernel log of one machine and remembers what it means. The watcher and the probe of an agent share one: what either reads, both
 * know. A record costs some 10 µs without a compiler, so how much is read at once is bounded; what waits lies in the kernel's own ring.
 */
import type { Host } from "../../../host/host.ts";
import type { KernelLogPart, KernelLogReader } from "../../../host/kernel-log-reader.ts";
import { emptyKernelLog, foldKernelLog, type KernelLogMemory } from "./kernel-log-memory.ts";

/** Reads what is new, and knows all since the start of the machine. */
export interface KernelLogFollower extends Disposable {
  /** Reads at most `maximumRecordsAtOnce` new records. Throws the Host's error when the log cannot be opened or read. */
  look(host: Host): Promise<Look>;
  /** Looks until nothing is left, with pauses for the rest of the process. False where the log grows faster than that, or when aborted. */
  catchUp(host: Host, signal: AbortSignal): Promise<boolean>;
  /** All that is known so far. */
  memory(): KernelLogMemory;
}

/** What one look came to. */
export interface Look {
  /** How many records were new. */
  readonly records: number;
  /** False where more waits in the kernel's ring. */
  readonly isDrained: boolean;
}

/**
 * In a flood the watcher looks twenty times a second, so this is 10,000 records a second, a tenth of a core; what comes faster is overwritten in
 * the ring and counted as suppressed.
 */
export const maximumRecordsAtOnce = 500;

/** Follows from the oldest record on; opens the log at the first look and again after an error. */
export function createKernelLogFollower(): KernelLogFollower {
  let memory = emptyKernelLog;
  let opening: Promise<KernelLogReader> | undefined;
  /** The log's clock when everything had been read; undefined before that. */
  let drainedAtMs: number | undefined;
  let isAfterPause = false;
  let before: Promise<unknown> = Promise.resolve();

  const open = async (host: Host): Promise<KernelLogReader> => {
    try {
      opening ??= host.openKernelLog();
      return await opening;
    } catch (thrown) {
      opening = undefined;
      throw thrown;
    }
  };
  const close = (): void => {
    void opening?.then(
      (reader) => reader[Symbol.dispose](),
      () => undefined, // whoever opened it was told
    );
    opening = undefined;
  };
  const read = (reader: KernelLogReader): KernelLogPart => {
    try {
      return reader.read(maximumRecordsAtOnce);
    } catch (thrown) {
      close();
      throw thrown;
    }
  };
  const lookOnce = async (host: Host): Promise<Look> => {
    const { records, isDrained, logMs } = read(await open(host));
    // Nearly every look finds nothing, and costs one call to the kernel.
    if (records.length > 0) {
      const { uptimeMs } = await host.time().catch((thrown: unknown) => {
        close(); // what was read is read again then, and what is known is passed over
        throw thrown;
      });
      const maximumAgeMs = logMs === undefined || drainedAtMs === undefined ? undefined : logMs - drainedAtMs;
      memory = foldKernelLog(memory, { records, logMs: logMs ?? uptimeMs, uptimeMs, maximumAgeMs, isAfterPause });
    }
    if (isDrained) drainedAtMs = logMs;
    isAfterPause = !isDrained;
    return { records: records.length, isDrained };
  };
  /** One after the other: records must be added in their order. */
  const look = (host: Host): Promise<Look> => {
    const looking = before.then(() => lookOnce(host));
    before = looking.catch(() => undefined);
    return looking;
  };

  return {
    look,
    catchUp: async (host, signal) => {
      for (let turn = 0; turn < maximumTurns; turn++) {
        if ((await look(host)).isDrained) return true;
        if (signal.aborted) return false;
        await new Promise((resolve) => setImmediate(resolve));
      }
      return false;
    },
    memory: () => memory,
    [Symbol.dispose]: close,
  };
}

/** 500,000 records: more than the largest ring holds. */
const maximumTurns = 1_000;
