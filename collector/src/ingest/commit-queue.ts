/**
 * The way to the disk: one writer that commits in order what has come together within a moment. What cannot be committed stays and is
 * tried again with back-off. The queue is bounded: when it is full, whoever fills it is told to pause, and memory does not grow.
 */
import { AppError, type Backoff, backoffDelayMs, type Clock, createDeadline, type Logger } from "@nodekeeper/shared";
import type { IngestMetrics } from "../metrics.ts";
import type { Store, StoredNode, StoredObservation, StoredStock } from "../store/store.ts";
import type { Progress } from "./progress.ts";

/** An observation on its way. */
export interface CommitItem {
  readonly stored: StoredObservation;
  /** Its share of the report on the wire; what the bound of the queue counts. */
  readonly bytes: number;
  readonly progress: Progress;
  /** What was dropped of it, in words; undefined when nothing was. */
  readonly droppedParts: string | undefined;
}

/** What the queue needs. */
export interface CommitQueueOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly metrics: Pick<IngestMetrics, "committed" | "commitFailed">;
  /** Nodes whose record must be written before the next observations; taken and forgotten. */
  readonly takeNodes: () => readonly StoredNode[];
  /** These are on the disk. */
  readonly onCommitted: (items: readonly CommitItem[]) => void;
  /** The queue became full, or there is room again. */
  readonly onPressure: (isFull: boolean) => void;
  readonly limits?: Partial<CommitLimits>;
}

/** Bounds of the queue. */
export interface CommitLimits {
  /** Full at so many observations … */
  readonly maximumItems: number;
  /** … or so many bytes on the wire; in memory an observation is about five times as large. */
  readonly maximumBytes: number;
  /** Most observations of one commit. */
  readonly maximumBatch: number;
  /** How long a commit waits for others to join it; they cost the same together. State and rules do not wait. */
  readonly gatherMs: number;
  /** How long stopping waits for the last commits. */
  readonly drainMs: number;
}

/** What somebody changed of equipment, in its place among observations that change it, too. */
interface StockItem {
  readonly stock: StoredStock;
  readonly bytes: 0;
  readonly written: PromiseWithResolvers<void>;
}

/** The queue. Disposing it commits what it can within its time. */
export interface CommitQueue extends AsyncDisposable {
  add(items: readonly CommitItem[]): void;
  /** Resolves when it is on the disk, after everything that was added before; rejects with ABORTED where the queue is disposed before. */
  addStock(stock: StoredStock): Promise<void>;
  /** A record of a node is to be written soon. */
  wake(): void;
  readonly length: number;
  readonly bytes: number;
  readonly isFull: boolean;
  /** Why the last commit failed; undefined while commits succeed. */
  readonly problem: string | undefined;
}

const defaultLimits: CommitLimits = {
  maximumItems: 50_000,
  maximumBytes: 64 * 2 ** 20,
  maximumBatch: 2_000,
  gatherMs: 20,
  drainMs: 5_000,
};
/** After pausing, there is room again at this part of the bounds. */
const lowWater = 0.5;
const backoff: Backoff = { baseMs: 250, maximumMs: 30_000 };

/** Starts the writer. */
export function createCommitQueue(options: CommitQueueOptions): CommitQueue {
  const { clock, logger, metrics } = options;
  const limits: CommitLimits = { ...defaultLimits, ...options.limits };
  const stop = new AbortController();
  const draining = new AbortController();
  let items: (CommitItem | StockItem)[] = [];
  let bytes = 0;
  let isFull = false;
  let problem: string | undefined;
  let awaken: (() => void) | undefined;
  let isAwake = false;

  function wake(): void {
    isAwake = true;
    awaken?.();
  }

  function adjustPressure(): void {
    const share = Math.max(items.length / limits.maximumItems, bytes / limits.maximumBytes);
    if (isFull ? share > lowWater : share < 1) return;
    isFull = !isFull;
    options.onPressure(isFull);
  }

  async function run(): Promise<void> {
    while (!stop.signal.aborted) {
      if (isAwake) {
        await gather();
        isAwake = false;
        await writeAll();
      } else if (draining.signal.aborted) return;
      else await new Promise<void>((resolve) => (awaken = resolve));
    }
  }

  async function gather(): Promise<void> {
    if (limits.gatherMs === 0 || items.length >= limits.maximumBatch) return;
    await clock.sleep(limits.gatherMs, draining.signal).catch(() => undefined); // stopping: what is there goes now
  }

  /** Writes what is there now. Node records first: observations refer to them. */
  async function writeAll(): Promise<void> {
    const nodes = options.takeNodes();
    const count = items.length; // what comes meanwhile may be of a node whose record was not taken
    if (nodes.length > 0) await insist(() => options.store.saveNodes(nodes));
    for (let left = count; left > 0 && !stop.signal.aborted; ) {
      const [first] = items;
      left -= first !== undefined && "stock" in first ? await writeStock(first) : await commit(left);
      if (stop.signal.aborted) return;
      adjustPressure();
    }
  }

  async function writeStock({ stock, written }: StockItem): Promise<number> {
    await insist(() => options.store.saveStock(stock));
    if (stop.signal.aborted) return 0;
    items = items.slice(1);
    written.resolve();
    return 1;
  }

  /** Commits observations up to the next thing that is none, at most so many; gives how many they were. */
  async function commit(most: number): Promise<number> {
    const batch: CommitItem[] = [];
    for (const item of items.slice(0, Math.min(most, limits.maximumBatch))) {
      if ("stock" in item) break;
      batch.push(item);
    }
    const startedAtMs = clock.monotonicMs();
    await insist(() => options.store.commit(batch.map((item) => item.stored)));
    if (stop.signal.aborted) return 0;
    metrics.committed(batch.length, clock.monotonicMs() - startedAtMs);
    items = items.slice(batch.length);
    bytes -= batch.reduce((sum, item) => sum + item.bytes, 0);
    options.onCommitted(batch);
    return batch.length;
  }

  /** Tries until it succeeds or the queue is stopped. */
  async function insist(write: () => Promise<void>): Promise<void> {
    for (let attempt = 1; !stop.signal.aborted; attempt += 1) {
      try {
        await write();
        if (problem !== undefined) logger.info({ attempt, queued: items.length }, "the store takes writes again");
        problem = undefined;
        return;
      } catch (thrown) {
        const err = AppError.from(thrown, "STORE_FAILED");
        problem = err.message;
        metrics.commitFailed();
        const delayMs = backoffDelayMs(backoff, attempt, options.random);
        logger.warn({ err, attempt, delayMs, queued: items.length }, "the store did not take a write, trying again");
        await clock.sleep(delayMs, stop.signal).catch(() => undefined); // stopped: the loop ends
      }
    }
  }

  const running = run();

  return {
    add(added) {
      for (const item of added) {
        items.push(item);
        bytes += item.bytes;
      }
      if (added.length > 0) wake();
      adjustPressure();
    },
    addStock(stock) {
      const written = Promise.withResolvers<void>();
      if (stop.signal.aborted) written.reject(notWritten());
      else {
        items.push({ stock, bytes: 0, written });
        wake();
      }
      return written.promise;
    },
    wake,
    get length() {
      return items.length;
    },
    get bytes() {
      return bytes;
    },
    get isFull() {
      return isFull;
    },
    get problem() {
      return problem;
    },
    async [Symbol.asyncDispose]() {
      draining.abort();
      wake();
      using deadline = createDeadline(clock, limits.drainMs, stop.signal, new AppError("ABORTED", "the store took too long"));
      await Promise.race([running, aborted(deadline.signal)]);
      if (items.length > 0)
        logger.warn({ queued: items.length }, "stopped with uncommitted observations, agents will send them again");
      stop.abort();
      for (const item of items) if ("stock" in item) item.written.reject(notWritten());
    },
  };
}

function notWritten(): AppError {
  return new AppError("ABORTED", "the collector stopped before it was written");
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
