/** How fast the controller works. */

/** All of it. */
export interface ControllerLimits {
  /** Writes at a time. */
  readonly parallelWrites: number;
  /** Of one reconciler: what it waits for (Longhorn's webhook) is not waited for by the others. */
  readonly parallelWritesOfOne: number;
  /** Writes a second, in the long run: a small API server must breathe. */
  readonly writesPerSecond: number;
  /** Writes at once after a rest. */
  readonly writeBurst: number;
  /** How long one turn of the event loop is given to looking. */
  readonly sliceMs: number;
  /** Dwell, retries and silence are exact to this. */
  readonly tickMs: number;
  /** Everything is looked at once in so long, whatever happens. */
  readonly resyncMs: number;
}

/** What holds where nothing else is said. */
export const defaultLimits: ControllerLimits = {
  parallelWrites: 5,
  parallelWritesOfOne: 4,
  writesPerSecond: 20,
  writeBurst: 50,
  sliceMs: 10,
  tickMs: 1_000,
  resyncMs: 600_000,
};
