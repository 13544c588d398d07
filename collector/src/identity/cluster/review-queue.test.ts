import { AppError, createLogger } from "@nodekeeper/shared";
import { FakeClock } from "@nodekeeper/shared/test-support";
import { afterEach, describe, expect, it } from "vitest";
import type { TokenReview } from "../../clients/kubernetes/token-review.ts";
import { createReviewQueue, type ReviewQueue } from "./review-queue.ts";

const confirmed: TokenReview = { kind: "confirmed", username: "agent", node: "badger" };
const hourMs = 3_600_000;
let queue: ReviewQueue | undefined;

afterEach(async () => {
  await queue?.[Symbol.asyncDispose]();
});

/** A queue whose questions are answered by `answer`, with the times at which each was asked. */
function aQueue(answer: (signal: AbortSignal) => Promise<TokenReview>) {
  const clock = new FakeClock();
  const askedAtMs: number[] = [];
  const review = async (_: string, signal: AbortSignal): Promise<TokenReview> => {
    askedAtMs.push(clock.monotonicMs());
    return await answer(signal);
  };
  const made = createReviewQueue({ review, clock, random: () => 0.5, logger: createLogger("test", "silent") });
  queue = made;
  const answers = new Map<string, TokenReview>();
  const add = (...ids: readonly string[]): void => {
    for (const id of ids)
      made.add({
        ...{ id, token: `token of ${id}`, node: id.replace(/\/.*/, ""), expiresAtMs: clock.wallMs() + hourMs },
        settle: (each) => answers.set(id, each),
      });
  };
  return { queue: made, clock, askedAtMs, answers, add };
}

function ids(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `agent-${index}`);
}

/** A question that is answered by the test, or ended by the queue. */
function unanswered(signal: AbortSignal): PromiseWithResolvers<TokenReview> {
  const question = Promise.withResolvers<TokenReview>();
  signal.addEventListener("abort", () => question.reject(signal.reason));
  return question;
}

describe("review queue", () => {
  it("asks twenty a second of a herd that comes at once", async () => {
    const { clock, add, askedAtMs, answers, queue } = aQueue(async () => confirmed);

    add(...ids(100));
    await clock.advance(1_000);

    expect(askedAtMs.length).toBeGreaterThanOrEqual(19);
    expect(askedAtMs.length).toBeLessThanOrEqual(21);
    await clock.advance(4_000);
    expect(answers.size).toBe(100);
    expect(queue.size).toBe(0);
  });

  it("asks about others soon, however many tokens one node shows", async () => {
    const { clock, add, answers, queue } = aQueue(async () => confirmed);

    add(...Array.from({ length: 1_000 }, (_, index) => `evil/${index}`), "badger");
    const waiting = queue.size;
    await clock.advance(1_000);

    expect(waiting).toBe(5);
    expect([...answers.keys()]).toContain("badger");
    expect([...answers.keys()]).toContain("evil/999"); // the latest, not the first
  });

  it("has four questions open, however slow the answers are", async () => {
    const waiting: (() => void)[] = [];
    const { clock, add, askedAtMs, queue } = aQueue((signal) => {
      const { promise, resolve } = unanswered(signal);
      waiting.push(() => resolve(confirmed));
      return promise;
    });

    add(...ids(10));
    await clock.advance(10_000);

    expect([askedAtMs.length, queue.size]).toEqual([4, 10]);
    waiting[0]?.();
    await clock.advance(100);
    expect([askedAtMs.length, queue.size]).toEqual([5, 9]);
  });

  it("asks about a token once, however often it is added while it waits", async () => {
    const { clock, add, askedAtMs } = aQueue(async () => confirmed);

    add("one", "one", "one");
    await clock.advance(1_000);

    expect(askedAtMs).toHaveLength(1);
  });

  it("rests longer and longer while there is no answer, says so, and loses nobody", async () => {
    let isAway = true;
    const { clock, add, askedAtMs, answers, queue } = aQueue(async () => {
      if (isAway) throw new AppError("PEER_UNREACHABLE", "connect ECONNREFUSED");
      return confirmed;
    });

    add(...ids(50));
    await clock.advance(600_000);

    // 1, 4, 9, 16 … at most 60 s, four questions each.
    expect(askedAtMs.length).toBeLessThanOrEqual(4 * 18);
    expect(askedAtMs.length).toBeGreaterThanOrEqual(10);
    expect(queue.size).toBe(50);
    expect(queue.problems()).toEqual(["tokens of agents cannot be reviewed: connect ECONNREFUSED"]);
    isAway = false;
    await clock.advance(65_000);
    expect([answers.size, queue.size, queue.problems()]).toEqual([50, 0, []]);
  });

  it("forgets tokens that end while nothing is answered, and those that are too many", async () => {
    let isAway = true;
    const { clock, add, askedAtMs, queue } = aQueue(async () => {
      if (isAway) throw new AppError("PEER_UNREACHABLE", "connect ECONNREFUSED");
      return confirmed;
    });
    add(...ids(20_100));
    expect(queue.size).toBe(20_000);

    await clock.advance(hourMs);
    isAway = false;
    const before = askedAtMs.length;
    add("late");
    await clock.advance(120_000);

    expect([queue.size, askedAtMs.length - before]).toEqual([0, 1]);
  });

  it("leaves no timer and no question when it is disposed", async () => {
    const { clock, add, queue } = aQueue((signal) => unanswered(signal).promise);
    add(...ids(3));

    await clock.advance(10);
    await queue[Symbol.asyncDispose]();

    expect(clock.sleeperCount).toBe(0);
  });
});
