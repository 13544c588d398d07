/**
 * Waits for the vault of a cluster whose API server is not there yet: after a reboot of a machine that is the whole cluster, both start together. It
 * also answers for some seconds that nobody has any right, so that such an answer is no end either.
 */
import { AppError, backoffDelayMs, type Clock, type Logger } from "@nodekeeper/shared";

/** What waiting needs. */
export interface AwaitVaultOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
}

/** Whoever starts the collector, a kubelet mostly, hears of it after so long, and has its own patience. */
const patienceMs = 60_000;
const retry = { baseMs: 500, maximumMs: 10_000 };

/** What `open` gives. Throws what it throws: VAULT_MALFORMED at once, VAULT_UNAVAILABLE after a minute. */
export async function awaitVault<Opened>(
  open: () => Promise<Opened>,
  { clock, random, logger, signal }: AwaitVaultOptions,
): Promise<Opened> {
  const untilMs = clock.monotonicMs() + patienceMs;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await open();
    } catch (err) {
      const leftMs = untilMs - clock.monotonicMs();
      if (AppError.from(err).code !== "VAULT_UNAVAILABLE" || leftMs <= 0) throw err;
      const delayMs = Math.min(leftMs, backoffDelayMs(retry, attempt, random));
      logger.warn({ err, delayMs, leftMs }, "the vault cannot be read yet, the collector waits for it");
      await clock.sleep(delayMs, signal);
    }
  }
}
