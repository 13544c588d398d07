/** Which faults are news, and whom they concern. Pure: what was told when is kept by whoever asks. */
import type { RememberedFault } from "./kernel-log-memory.ts";

/** What was told of a fault. */
export interface ToldFault {
  readonly occurrences: number;
  /** When its related probes ran last because of it, on the monotonic clock. */
  readonly probesAtMs: number;
}

/** What to do about what the kernel said. */
export interface FaultNews {
  /** Faults that are new or have happened again. */
  readonly faults: readonly RememberedFault[];
  /** Those of them whose related probes are to run. */
  readonly forProbes: readonly RememberedFault[];
  /** Everything that has been told now. */
  readonly told: ReadonlyMap<string, ToldFault>;
}

/** A disk that fails all the time is not read all the time: that would only hurt it. */
export const probesAgainAfterMs = 300_000;

/** Compares what is known with what was told. */
export function faultNews(
  faults: ReadonlyMap<string, RememberedFault>,
  told: ReadonlyMap<string, ToldFault>,
  nowMs: number,
): FaultNews {
  const fresh = [...faults].filter(([id, fault]) => told.get(id)?.occurrences !== fault.occurrences);
  const isDue = (id: string): boolean => nowMs - (told.get(id)?.probesAtMs ?? Number.NEGATIVE_INFINITY) >= probesAgainAfterMs;
  const due = fresh.filter(([id]) => isDue(id));
  const dueIds = new Set(due.map(([id]) => id));
  const tell = (id: string, occurrences: number): ToldFault => {
    const probesAtMs = dueIds.has(id) ? nowMs : (told.get(id)?.probesAtMs ?? Number.NEGATIVE_INFINITY);
    return { occurrences, probesAtMs };
  };
  return {
    faults: fresh.map(([, fault]) => fault),
    forProbes: due.map(([, fault]) => fault),
    told: new Map([...faults].map(([id, { occurrences }]) => [id, tell(id, occurrences)])),
  };
}
