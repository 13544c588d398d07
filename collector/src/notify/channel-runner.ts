/**
 * One channel at work: what is to be told is gathered, put into a notice, written, and delivered, one notice after the other. A service that is away is
 * tried again and again; one that refuses is left alone for a while, and what it refused is told anew, as things are then.
 */
import { randomUUID } from "node:crypto";
import { AppError, backoffDelayMs, type Clock, createNotifier, type Logger } from "@nodekeeper/shared";
import type { ChannelStatus, NotificationTest } from "@nodekeeper/shared/api";
import { type Delivery, postponed } from "./channels/channel.ts";
import { createChannel, targetOfTransport } from "./channels/create-channel.ts";
import type { ChannelSettings } from "./configuration/settings.ts";
import type { FindingBook } from "./finding-book.ts";
import { createGathering, type GatheringKind } from "./gathering.ts";
import type { NotifyMemory } from "./memory.ts";
import type { Notice } from "./notice.ts";
import type { NotifyMetrics } from "./notify-metrics.ts";
import { afterGivingUp, afterTelling } from "./told.ts";

/** A channel at work. Disposing it ends it; what waits is in the memory. */
export interface ChannelRunner extends AsyncDisposable {
  readonly status: ChannelStatus;
  readonly problem: string | undefined;
  /** Goes on by other settings; what waits is delivered by them, at once. */
  configure(settings: ChannelSettings): void;
  /** These findings changed. */
  consider(keys: Iterable<string>): void;
  test(by: string): Promise<NotificationTest>;
}

/** What it needs. */
export interface ChannelRunnerOptions {
  readonly settings: ChannelSettings;
  readonly memory: NotifyMemory;
  readonly book: FindingBook;
  readonly linkTo: (place: string) => string | undefined;
  /** Default: the real ones. */
  readonly createChannel?: typeof createChannel;
  readonly metrics: NotifyMetrics;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/** While so many wait, no other is made: what comes meanwhile is told together, as it is then. */
const maximumWaiting = 50;
/** A notice that nobody took for so long is old news. */
const maximumAgeMs = 24 * 3_600_000;
const backoff = { baseMs: 2_000, maximumMs: 300_000 };
/** A service that refused is left alone for so long. */
const refusedMs = 15 * 60_000;
const refreshMs = 60_000;
/** What the store did not take is written again after so long. */
const rewriteMs = 30_000;
/** A store that does not even refuse, since its disk hangs, is not waited for any longer. */
const writePatienceMs = 10_000;
const sweepMs = 5 * 60_000;
const hourMs = 3_600_000;

/** Starts it. */
export function startChannel(options: ChannelRunnerOptions): ChannelRunner {
  const { memory, book, linkTo, metrics, clock, random, logger } = options;
  const open = options.createChannel ?? createChannel;
  const { name } = options.settings;
  const stopping = new AbortController();
  const notifier = createNotifier(clock);
  let settings = options.settings;
  let channel = open(settings.transport, { clock, linkTo });
  const gathering = createGathering({
    ...{ channel: name, memory, book, clock },
    wanted: () => settings,
    gatherMs: (kind) => (kind === "alarms" ? settings.gatherMs : settings.gatherAdviceMs),
  });
  /** When notices were made, the last hour (monotonic). */
  let madeAtMs: readonly number[] = [];
  let failures = 0;
  let retryAtMs = 0;
  let refreshAtMs = 0;
  let sweepAtMs = 0;
  let deliveredCount = 0;
  let lastDeliveredAt: string | undefined;
  let lastFailedAt: string | undefined;
  let problem: string | undefined;
  /** Under way. */
  let writing: Promise<unknown> | undefined;

  gathering.consider([...book.keys(), ...memory.told(name).keys()]);
  const running = run();

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      await work().catch((err: unknown) => logger.error({ err, channel: name }, "a channel of the notifications failed"));
      await notifier.wait(waitMs(), stopping.signal).catch(() => undefined); // it is stopping: the loop ends
    }
  }

  async function work(): Promise<void> {
    if (clock.monotonicMs() >= sweepAtMs) {
      gathering.sweep();
      sweepAtMs = clock.monotonicMs() + sweepMs;
    }
    for (const kind of ["alarms", "advice"] as const) if (makeAtMs(kind) <= clock.monotonicMs()) make(kind);
    await write();
    const [next] = memory.waiting(name);
    if (next !== undefined && clock.monotonicMs() >= retryAtMs) await attempt(next);
    if (channel.refresh !== undefined && clock.monotonicMs() >= refreshAtMs) await refresh();
  }

  async function write(): Promise<void> {
    writing ??= memory.flush().finally(() => {
      writing = undefined;
    });
    const isDone = new AbortController();
    const patience = clock.sleep(writePatienceMs, AbortSignal.any([stopping.signal, isDone.signal])).then(
      () => logger.warn({ channel: name }, "the store does not answer, people are told before it is written"),
      () => undefined, // it was written, or the channel ends
    );
    await Promise.race([writing, patience]);
    isDone.abort();
  }

  /** Infinity: nothing is to be told, or there is no room for it. */
  function makeAtMs(kind: GatheringKind): number {
    const endsAtMs = gathering.endsAtMs(kind);
    if (endsAtMs === undefined || memory.waiting(name).length >= maximumWaiting) return Number.POSITIVE_INFINITY;
    madeAtMs = madeAtMs.filter((atMs) => atMs > clock.monotonicMs() - hourMs);
    const [oldest = 0] = madeAtMs.length < settings.mostPerHour ? [] : madeAtMs;
    const isFull = madeAtMs.length >= settings.mostPerHour;
    const isRefused = failures > 0 && memory.waiting(name).length === 0; // what it refused is gathered anew
    return Math.max(endsAtMs, isFull ? oldest + hourMs : 0, isRefused ? retryAtMs : 0);
  }

  function waitMs(): number {
    const times = [makeAtMs("alarms"), makeAtMs("advice"), sweepAtMs];
    if (memory.waiting(name).length > 0) times.push(retryAtMs);
    if (memory.problem !== undefined) times.push(clock.monotonicMs() + rewriteMs);
    if (channel.refresh !== undefined) times.push(refreshAtMs);
    return Math.max(0, Math.min(...times) - clock.monotonicMs());
  }

  function make(kind: GatheringKind): void {
    const items = gathering.take(kind);
    if (items.length === 0) return;
    const notice: Notice = { id: randomUUID(), channel: name, atMs: clock.wallMs(), items: [...items] };
    madeAtMs = [...madeAtMs, clock.monotonicMs()];
    for (const item of items) {
      const before = memory.told(name).get(item.finding.key);
      memory.remember(name, item.finding.key, afterTelling(before, item, notice.id, notice.atMs));
    }
    memory.enqueue(notice);
  }

  async function attempt(notice: Notice): Promise<void> {
    if (isOld(notice)) return giveUp(); // the collector was off
    const asked = channel;
    const delivery = await deliver(notice);
    if (stopping.signal.aborted && delivery.kind === "failed") return; // it waits for the next start
    metrics.attempted(name, delivery.kind === "delivered" ? "delivered" : "failed");
    if (asked !== channel && delivery.kind === "failed") return; // other settings failed: by those of now it is tried at once
    note(delivery);
    if (delivery.kind === "delivered") {
      memory.dequeue(notice);
      await write();
      logger.info({ channel: name, notice: notice.id, items: notice.items.length }, "a notice was delivered");
      return;
    }
    logger.warn({ channel: name, notice: notice.id, problem: delivery.problem }, "a notice could not be delivered");
    failures += 1;
    retryAtMs = clock.monotonicMs() + (delivery.isPermanent ? refusedMs : delayMs(delivery));
    if (delivery.isPermanent) giveUp(gathering.considerAgain);
    else if (isOld(notice)) giveUp();
  }

  function isOld({ atMs }: Notice): boolean {
    return clock.wallMs() - atMs > maximumAgeMs;
  }

  function delayMs({ retryAfterMs = 0 }: { readonly retryAfterMs?: number }): number {
    return Math.max(retryAfterMs, backoffDelayMs(backoff, failures, random));
  }

  /** What waits is given up, the last first, until it is as if nothing of it was told; it is told anew as things are then. */
  function giveUp(consider: typeof gathering.consider = gathering.consider): void {
    for (const notice of memory.waiting(name).toReversed()) {
      memory.dequeue(notice);
      for (const item of notice.items) {
        const told = memory.told(name).get(item.finding.key);
        if (told?.noticeId === notice.id) memory.remember(name, item.finding.key, afterGivingUp(told, item));
      }
      consider(notice.items.map(({ finding }) => finding.key));
      metrics.attempted(name, "given_up");
      logger.error({ channel: name, notice: notice.id, problem }, "a notice was given up, what it told is told anew");
    }
  }

  async function refresh(): Promise<void> {
    const still = [...memory.told(name)].flatMap(([key, told]) => {
      const finding = book.open(key);
      const isSpokenOf = finding === undefined || finding.attention?.isQuiet !== true;
      return told.state === "open" && isSpokenOf ? [told.finding] : [];
    });
    refreshAtMs = clock.monotonicMs() + refreshMs;
    if (still.length === 0 || channel.refresh === undefined) return;
    const delivery = await channel.refresh(still, stopping.signal).catch(failureOf);
    if (stopping.signal.aborted) return;
    if (delivery.kind === "failed" || failures === 0) note(delivery); // what was refused is refused all the same
  }

  async function deliver(notice: Notice): Promise<Delivery> {
    return channel.deliver(notice, stopping.signal).catch(failureOf);
  }

  function note(delivery: Delivery): void {
    const at = new Date(clock.wallMs()).toISOString();
    if (delivery.kind === "failed") {
      lastFailedAt = at;
      problem = delivery.problem;
      return;
    }
    failures = 0;
    retryAtMs = 0;
    deliveredCount += 1;
    lastDeliveredAt = at;
    problem = delivery.remark;
  }

  function stateNow(): ChannelStatus["state"] {
    if (problem !== undefined) return "failing";
    return lastDeliveredAt === undefined ? "idle" : "ok";
  }

  return {
    get status() {
      return {
        ...{ name, type: settings.transport.type, target: targetOfTransport(settings.transport) },
        state: stateNow(),
        ...{ waiting: memory.waiting(name).length, deliveredCount },
        ...(lastDeliveredAt === undefined ? {} : { lastDeliveredAt }),
        ...(lastFailedAt === undefined ? {} : { lastFailedAt }),
        ...(problem === undefined ? {} : { problem }),
      };
    },
    get problem() {
      return problem === undefined ? undefined : `notifications by ${name}: ${problem}`;
    },
    configure(next) {
      settings = next;
      channel = open(next.transport, { clock, linkTo });
      [failures, retryAtMs, refreshAtMs] = [0, 0, 0];
      gathering.consider([...book.keys(), ...memory.told(name).keys()]);
      notifier.notify();
    },
    consider(keys) {
      const before = waitMs();
      gathering.consider(keys);
      if (waitMs() < before) notifier.notify();
    },
    async test(by) {
      const startedAtMs = clock.monotonicMs();
      const delivery = await deliver({ id: randomUUID(), channel: name, atMs: clock.wallMs(), items: [], testedBy: by });
      note(delivery);
      metrics.attempted(name, delivery.kind === "delivered" ? "delivered" : "failed");
      if (delivery.kind === "delivered") notifier.notify(); // what waits need not wait any more
      const said = delivery.kind === "failed" ? delivery.problem : delivery.remark;
      return {
        ...{ channel: name, outcome: delivery.kind },
        durationMs: Math.round(clock.monotonicMs() - startedAtMs),
        ...(said === undefined ? {} : { problem: said }),
      };
    },
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await running;
    },
  };
}

/** What a channel could not read of its own: a file that is not there may come. */
function failureOf(thrown: unknown): Delivery {
  return postponed(AppError.from(thrown).message);
}
