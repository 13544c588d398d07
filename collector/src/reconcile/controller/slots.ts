/** So many at a time. */

/** Places for work. Each that was taken is given back once. */
export interface Slots {
  /** False where all are taken, or somebody waits. */
  tryTake(): boolean;
  /** Waits for one, in the order of asking; rejects when the signal aborts. */
  take(signal: AbortSignal): Promise<void>;
  giveBack(): void;
}

/** So many places; `onFree` is told of each that nobody waits for. */
export function createSlots(count: number, onFree: () => void): Slots {
  const waiters = new Set<() => void>();
  let free = count;

  return {
    tryTake() {
      if (free === 0 || waiters.size > 0) return false;
      free -= 1;
      return true;
    },
    take(signal) {
      if (this.tryTake()) return Promise.resolve();
      return new Promise((resolve, reject) => {
        const taken = (): void => {
          signal.removeEventListener("abort", abort);
          resolve();
        };
        const abort = (): void => {
          waiters.delete(taken);
          reject(signal.reason);
        };
        if (signal.aborted) return abort();
        signal.addEventListener("abort", abort, { once: true });
        waiters.add(taken);
      });
    },
    giveBack() {
      for (const waiter of waiters) {
        waiters.delete(waiter);
        waiter();
        return;
      }
      free += 1;
      onFree();
    },
  };
}
