/**
 * Who watches the collector: when an agent finds none for minutes, it tells people, once. Machines have their turn: the first by its rank, the others
 * later and by chance, and whoever sees that it was told already holds back. A machine that is in no network itself tells nobody: it is the one that is
 * away. When the collector is back, one word ends it.
 */
import { AppError, type Clock, formatDuration, type Logger, runEvery } from "@nodekeeper/shared";
import type { AlarmMemory } from "./alarm-memory.ts";
import type { Messenger, Word } from "./messenger.ts";

/** What an alarm needs. */
export interface AlarmParts {
  /** How reporting stands. */
  readonly status: () => {
    readonly isConnected: boolean;
    /** Not while a collector is there and does not take us: it knows, and tells by itself; nor while it was not even dialled. */
    readonly isCollectorMissing: boolean;
    /** Since when it is (not) connected, on the monotonic clock. */
    readonly sinceMs: number;
    readonly problem: string | undefined;
  };
  readonly messenger: Messenger;
  readonly memory: AlarmMemory;
  readonly isInNetwork: () => boolean;
  /** By which people know this machine. */
  readonly node: string;
  readonly afterMs: number;
  /** Undefined: by chance. */
  readonly rank: number | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/** The alarm. */
export interface Alarm {
  /** Runs until the signal aborts; never rejects. */
  run(signal: AbortSignal): Promise<void>;
}

/** Each rank waits so much longer than the one before it: time for a message to be seen by the others. */
export const turnMs = 30_000;
/** Who has no rank has one of these, by chance, so that two hardly ever speak at the same time. */
const ranksByChance = { first: 1, last: 11 };
const lookEveryMs = 10_000;
/** An outage that lasts is told again after so long. */
const repeatMs = 86_400_000;
/** Clocks of machines and of the service differ; and others saw the collector go a little earlier. */
const marginMs = 600_000;
/** After a word that could not be told. */
const retryMs = 60_000;

/** Makes it; nothing happens before `run`. */
export function createAlarm(parts: AlarmParts): Alarm {
  const { status, messenger, memory, isInNetwork, node, afterMs, clock, random, logger } = parts;
  let rank = drawRank();
  let isLonely = false;
  let isFailing = false;
  let notBeforeMs = Number.NEGATIVE_INFINITY;

  async function look(): Promise<void> {
    const { isConnected, isCollectorMissing, sinceMs, problem } = status();
    const lastedMs = clock.monotonicMs() - sinceMs;
    if (lastedMs < afterMs || clock.monotonicMs() < notBeforeMs) return;
    try {
      if (isConnected) await end(lastedMs);
      else if (isCollectorMissing) await raise(lastedMs, problem);
      isFailing = false;
    } catch (thrown) {
      const { code, message } = AppError.from(thrown);
      notBeforeMs = clock.monotonicMs() + retryMs;
      if (!isFailing) logger.warn({ code, reason: message }, "people could not be told of the collector");
      isFailing = true;
    }
  }

  async function raise(lastedMs: number, problem: string | undefined): Promise<void> {
    if (lastedMs < afterMs + rank * turnMs) return;
    const nowMs = clock.wallMs();
    const before = memory.told;
    // A time that is not yet was remembered while the clock was wrong.
    const agoMs = before === undefined || before.atMs > nowMs ? Number.POSITIVE_INFINITY : nowMs - before.atMs;
    if (agoMs < repeatMs + (before?.isOurs === true ? 0 : rank * turnMs)) return;
    if (!isInNetwork()) {
      if (!isLonely) logger.warn({ lastedMs }, "no collector is heard, and this machine is in no network: nobody is told");
      isLonely = true;
      return;
    }
    isLonely = false;
    if (await isToldByOthers(before === undefined ? nowMs - lastedMs - marginMs : nowMs - marginMs)) {
      memory.remember({ atMs: nowMs, isOurs: false });
      logger.info({ lastedMs }, "no collector is heard; another machine has told people");
      return;
    }
    await tell(
      "gone",
      `No collector of nodekeeper has been heard by ${node} for ${inMinutes(lastedMs)}: ${problem ?? "unknown"}`,
    );
    memory.remember({ atMs: clock.wallMs(), isOurs: true });
    logger.warn({ lastedMs }, "no collector is heard; people were told");
  }

  /** Not where it was told to be back since: that was the outage before this one. */
  async function isToldByOthers(sinceMs: number): Promise<boolean> {
    const goneAtMs = await messenger.toldAtMs("gone", sinceMs);
    if (goneAtMs === undefined) return false;
    const backAtMs = await messenger.toldAtMs("back", sinceMs);
    return backAtMs === undefined || backAtMs < goneAtMs;
  }

  /** A collector that comes for a moment only ends nothing. */
  async function end(lastedMs: number): Promise<void> {
    const { told } = memory;
    if (told !== undefined) {
      if (!told.isOurs && lastedMs < afterMs + rank * turnMs) return;
      // Whoever told it first may sleep by now: then another one says that it is over.
      const isSaid = (await messenger.toldAtMs("back", told.atMs)) !== undefined;
      if (!isSaid) await tell("back", `A collector of nodekeeper is heard again by ${node}, for ${inMinutes(lastedMs)} now.`);
      memory.remember(undefined);
      logger.info({ isSaid }, "a collector is heard again");
    }
    isLonely = false;
    rank = drawRank();
    notBeforeMs = Number.NEGATIVE_INFINITY;
  }

  function tell(word: Word, text: string): Promise<void> {
    const title = word === "gone" ? "nodekeeper: no collector" : "nodekeeper: the collector is back";
    return messenger.tell(word, { node, title, text });
  }

  function drawRank(): number {
    const { first, last } = ranksByChance;
    return parts.rank ?? first + (last - first) * random();
  }

  return {
    run: (signal) => runEvery({ clock, random, signal, intervalMs: () => lookEveryMs, firstDelayMs: lookEveryMs }, look),
  };
}

function inMinutes(durationMs: number): string {
  return formatDuration(Math.max(60_000, Math.floor(durationMs / 60_000) * 60_000));
}
