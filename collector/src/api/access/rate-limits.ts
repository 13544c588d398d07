/**
 * How often somebody may ask. Reads are generous: a page asks for a dozen things at once, a script for every node. Changes are few by nature.
 * Attempts to prove who one is that failed are counted by address, and only they are refused then: behind a proxy everybody has its address, and
 * one who guesses must not shut the others out. Secrets have 256 bits, so that this is against noise rather than luck.
 */
import rateLimit from "@fastify/rate-limit";
import { AppError } from "@nodekeeper/shared";
import type { FastifyInstance, FastifyRequest } from "fastify";

/** What is counted. */
export type Counted = "read" | "change" | "failure";

/** The counters. */
export interface RateLimits {
  /** Counts one more; throws RATE_LIMITED with `retryAfterSeconds` when it is too many. */
  count(what: Counted, key: string): Promise<void>;
}

/** How many in a minute. */
export type RatesPerMinute = Readonly<Record<Counted, number>>;

/** Without configuration. */
export const defaultRates: RatesPerMinute = { read: 3_000, change: 60, failure: 20 };

const windowMs = 60_000;
/** Keys that are remembered; the one that was not heard of for the longest time goes first. */
const maximumKeys = 10_000;

const words: Readonly<Record<Counted, string>> = {
  read: "requests",
  change: "changes",
  failure: "attempts to prove who asks that failed",
};

/** Counters of an application, before it is ready. */
export async function createRateLimits(app: FastifyInstance, rates: RatesPerMinute): Promise<RateLimits> {
  await app.register(rateLimit, { global: false, cache: maximumKeys });
  const counter = (max: number) =>
    app.createRateLimit({ max, timeWindow: windowMs, keyGenerator: (request) => keys.get(request) ?? "" });
  const counters = { read: counter(rates.read), change: counter(rates.change), failure: counter(rates.failure) };
  return {
    async count(what, key) {
      const request = countedUnder(key);
      const found = await counters[what](request);
      if (found.isAllowed || !found.isExceeded) return;
      const { ttlInSeconds: retryAfterSeconds } = found;
      const message = `more than ${rates[what]} ${words[what]} in a minute; try again in ${retryAfterSeconds} s`;
      throw new AppError("RATE_LIMITED", message, { context: { retryAfterSeconds } });
    },
  };
}

const keys = new WeakMap<FastifyRequest, string>();

/** The plugin counts requests of fastify, and a WebSocket's handshake is none: this is all that it looks at. */
function countedUnder(key: string): FastifyRequest {
  const request = { routeOptions: {} } as FastifyRequest; // and of that, `config`
  keys.set(request, key);
  return request;
}
