/** Says once that a node sends something wrong, and then only now and then how often: a broken agent must not fill the log. */
import type { Clock, Logger } from "@nodekeeper/shared";

/** Logs complaints, thinned. */
export interface Complaints {
  complain(node: string, reason: string, facts: Readonly<Record<string, unknown>>, message: string): void;
}

const quietMs = 10 * 60_000;
const maximumRemembered = 10_000;

/** Complaints to this logger. */
export function createComplaints(clock: Clock, logger: Logger): Complaints {
  const last = new Map<string, { readonly atMs: number; count: number }>();
  return {
    complain(node, reason, facts, message) {
      const key = `${node} ${reason}`;
      const known = last.get(key);
      if (known !== undefined && clock.monotonicMs() - known.atMs < quietMs) {
        known.count += 1;
        return;
      }
      if (last.size >= maximumRemembered) last.clear();
      last.set(key, { atMs: clock.monotonicMs(), count: 0 });
      logger.warn({ node, reason, ...facts, repeatedSinceLastLog: known?.count ?? 0 }, message);
    },
  };
}
