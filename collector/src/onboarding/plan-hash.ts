/** The hash by which those who wait for an approval would be let go: of the plan of all nodes, which costs something where there are thousands. */
import type { Clock, Logger } from "@nodekeeper/shared";

/** It. */
export interface PlanHash {
  /** Empty until it was asked for. */
  readonly current: string;
  /** Asks for it anew, unless that was done lately or is under way. */
  refresh(): void;
  /** What is under way has ended. */
  settled(): Promise<void>;
}

/** What asking needs. */
export interface PlanHashOptions {
  readonly ask: () => Promise<string>;
  readonly onChanged: () => void;
  readonly clock: Pick<Clock, "monotonicMs">;
  readonly logger: Logger;
}

/** Between two times it rests so many times longer than asking took: somebody may take weeks to approve. */
const restFactor = 30;

/** Nothing is known yet. */
export function createPlanHash({ ask, onChanged, clock, logger }: PlanHashOptions): PlanHash {
  let current = "";
  let asking: Promise<void> | undefined;
  let againAtMs = Number.NEGATIVE_INFINITY;

  async function askAnew(): Promise<void> {
    const beganMs = clock.monotonicMs();
    try {
      const hash = await ask();
      if (hash !== current) {
        current = hash;
        onChanged();
      }
    } catch (err) {
      logger.debug({ err }, "the plan could not be made");
    }
    againAtMs = clock.monotonicMs() + restFactor * (clock.monotonicMs() - beganMs);
    asking = undefined;
  }

  return {
    get current() {
      return current;
    },
    refresh() {
      if (asking === undefined && clock.monotonicMs() >= againAtMs) asking = askAnew();
    },
    settled: async () => asking,
  };
}
