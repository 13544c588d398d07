/**
 * Asks the API server in the background whether tokens hold: a few at a time, at a bounded rate, with a back-off while it cannot answer. A herd of
 * agents that comes back at once is so no burden to it.
 */
import { AppError, backoffDelayMs, type Clock, createNotifier, type Logger } from "@nodekeeper/shared";
import type { TokenReview } from "../../clients/kubernetes/token-review.ts";

/** What is asked with. */
export interface ReviewQueueOptions {
  /** Throws where there was no answer. */
  readonly review: (token: string, signal: AbortSignal) => Promise<TokenReview>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/** A token, and who wants to know. */
export interface TokenToReview {
  readonly id: string;
  readonly token: string;
  readonly node: string;
  /** It is forgotten then. */
  readonly expiresAtMs: number;
  readonly settle: (review: TokenReview) => void;
}

/** Tokens that wait. Disposing ends it; what waits then is forgotten. */
export interface ReviewQueue extends AsyncDisposable {
  /** An id that waits, or is being asked about, waits on in its place. Of a node the latest few wait. */
  add(token: TokenToReview): void;
  /** How many wait, or are being asked about. */
  readonly size: number;
  /** Why nothing is answered now; empty when it is. */
  problems(): readonly string[];
}

/** How many questions are open at a time. */
const openQuestions = 4;
/** Between two questions: twenty a second, so that five thousand agents are reviewed within five minutes. */
const betweenMs = 50;
const retry = { baseMs: 1_000, maximumMs: 60_000 };
const waitMs = 3_600_000;

/** The oldest are forgotten where more wait, until they are shown again: the API server has then been away for hours. */
const maximumWaiting = 20_000;
/** A node has one agent, and two while one takes the place of the other. Whoever has a node may make tokens without end, and holds up no others. */
const maximumOfNode = 4;

/** An empty queue. */
export function createReviewQueue({ review, clock, random, logger }: ReviewQueueOptions): ReviewQueue {
  const stopping = new AbortController();
  const { signal } = stopping;
  const came = createNotifier(clock);
  const waiting = new Map<string, TokenToReview>();
  const asked = new Set<string>();
  let nextTurnMs = 0;
  let restUntilMs = 0;
  let failures = 0;
  let problem: string | undefined;
  const askers = Array.from({ length: openQuestions }, () => askOn().catch(unlessStopping));

  return {
    add(token) {
      if (waiting.has(token.id) || asked.has(token.id)) return;
      waiting.set(token.id, token);
      forgetOldest(token.node);
      came.notify();
    },
    get size() {
      return waiting.size + asked.size;
    },
    problems: () => (problem === undefined ? [] : [problem]),
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await Promise.all(askers);
      waiting.clear();
    },
  };

  function unlessStopping(thrown: unknown): void {
    if (!signal.aborted) throw thrown;
  }

  function forgetOldest(node: string): void {
    let ofNode = 0;
    let oldestOfNode: string | undefined;
    for (const [id, each] of waiting) {
      if (each.node !== node) continue;
      ofNode += 1;
      oldestOfNode ??= id;
    }
    const [oldest] = waiting.keys();
    if (ofNode > maximumOfNode && oldestOfNode !== undefined) waiting.delete(oldestOfNode);
    else if (waiting.size > maximumWaiting && oldest !== undefined) waiting.delete(oldest);
  }

  async function askOn(): Promise<void> {
    for (;;) {
      while (firstWaiting() === undefined) await came.wait(waitMs, signal);
      await rest();
      const nowMs = clock.monotonicMs();
      const turnMs = Math.max(nextTurnMs, nowMs);
      nextTurnMs = turnMs + betweenMs;
      if (turnMs > nowMs) await clock.sleep(turnMs - nowMs, signal);
      await rest(); // another one may have failed in the meantime
      const next = firstWaiting();
      if (next !== undefined) await ask(next);
    }
  }

  function firstWaiting(): TokenToReview | undefined {
    for (const [id, token] of waiting) {
      if (token.expiresAtMs > clock.wallMs()) return token;
      waiting.delete(id);
    }
    return undefined;
  }

  async function rest(): Promise<void> {
    for (let leftMs = restUntilMs - clock.monotonicMs(); leftMs > 0; leftMs = restUntilMs - clock.monotonicMs())
      await clock.sleep(leftMs, signal);
  }

  async function ask(next: TokenToReview): Promise<void> {
    const { id, token, settle } = next;
    waiting.delete(id);
    asked.add(id);
    const answer = await review(token, signal).catch((thrown: unknown) => {
      signal.throwIfAborted();
      waiting.set(id, next);
      failed(thrown);
      return undefined;
    });
    asked.delete(id);
    if (answer === undefined) return;
    failures = 0;
    problem = undefined;
    settle(answer);
  }

  /** Questions that were open together fail together: that is one failure. */
  function failed(err: unknown): void {
    if (clock.monotonicMs() < restUntilMs) return;
    failures += 1;
    restUntilMs = clock.monotonicMs() + backoffDelayMs(retry, failures, random);
    const { message } = AppError.from(err, "PEER_UNREACHABLE");
    if (problem === undefined) logger.warn({ err }, "tokens of agents cannot be reviewed, they stay unreviewed");
    problem = `tokens of agents cannot be reviewed: ${message}`;
  }
}
