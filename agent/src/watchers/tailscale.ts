/**
 * Follows the notifications of tailscaled (the IPN bus of its LocalAPI), so that a change of its state, its health, this machine or a peer is read
 * within a second. What comes together is one trigger; where changes do not end, as in a tailnet of thousands, they are told every ten seconds.
 * Quiet where there is no daemon: it looks for the socket every fifteen seconds, a quarter of a millisecond each.
 */
import { AppError, type Clock, createNotifier, type ErrorCode } from "@nodekeeper/shared";
import { fullAllowance, spend } from "../probes/support/tailscale/change-allowance.ts";
import { changesIn } from "../probes/support/tailscale/notification.ts";
import { defineWatcher, type Watcher, type WatcherContext } from "../watcher.ts";

const connectTimeoutMs = 5_000;
/** A daemon that went away is mostly started again at once … */
const soonMs = 500;
const soonForMs = 60_000;
/** … and where there is none, one is installed seldom. */
const laterMs = 15_000;
/** What comes within this is one change. */
const settleMs = 100;
/** Without news for so long the watcher looks only whether it should end. */
const idleMs = 3_600_000;

/** The watcher. */
export const tailscale: Watcher = defineWatcher({
  name: "tailscale",
  title: "changes of the tailnet",
  async watch(context) {
    const news = createNews(context.clock);
    const ended = new AbortController();
    const end = (): void => ended.abort();
    if (context.signal.aborted) end();
    else context.signal.addEventListener("abort", end, { once: true });
    const own = { ...context, signal: ended.signal };
    const telling = tell(own, news);
    telling.catch(end); // who cannot tell need not follow; it is thrown below
    try {
      await follow(own, news);
    } finally {
      context.signal.removeEventListener("abort", end);
      end();
      await telling;
    }
  },
});

/** What changed and was not told yet. */
interface News {
  add(changes: readonly string[]): void;
  /** All of it, once there is any. */
  next(signal: AbortSignal): Promise<readonly string[]>;
  take(): readonly string[];
}

function createNews(clock: Clock): News {
  const arrived = createNotifier(clock);
  let changes: ReadonlySet<string> = new Set();
  const take = (): readonly string[] => {
    const taken = [...changes];
    changes = new Set();
    return taken;
  };
  return {
    add(more) {
      if (more.length === 0) return;
      changes = new Set([...changes, ...more].slice(0, maximumNamed));
      arrived.notify();
    },
    async next(signal) {
      while (changes.size === 0) await arrived.wait(idleMs, signal);
      return take();
    },
    take,
  };
}

/** Connects again and again. That it is connected, the first notification says: the daemon's state now. */
async function follow(context: WatcherContext, news: News): Promise<void> {
  const { clock, signal } = context;
  let lostAtMs = Number.NEGATIVE_INFINITY;
  while (!signal.aborted) {
    const { wasHeard, error } = await followOnce(context, news);
    if (signal.aborted) return;
    if (error !== undefined && !passing.has(error.code)) throw error;
    // All peers of a large tailnet in one line: a change, and nothing is wrong.
    if (error?.code === "HOST_OUTPUT_TOO_LARGE") news.add(["NetMap"]);
    else if (wasHeard) news.add(["end"]);
    if (wasHeard) lostAtMs = clock.monotonicMs();
    const isRecent = clock.monotonicMs() - lostAtMs < soonForMs;
    await clock.sleep(isRecent ? soonMs : laterMs, signal).catch(() => undefined); // aborted: the loop ends
  }
}

interface Followed {
  /** Whether the daemon said anything. */
  readonly wasHeard: boolean;
  readonly error?: AppError;
}

async function followOnce({ host, signal }: WatcherContext, news: News): Promise<Followed> {
  let wasHeard = false;
  const onLine = (line: string): void => {
    wasHeard = true;
    news.add(changesIn(line));
  };
  try {
    await host.follow({ service: "tailscale", question: "watch" }, { onLine, connectTimeoutMs, signal });
    return { wasHeard };
  } catch (thrown) {
    return { wasHeard, error: AppError.from(thrown) };
  }
}

/** No daemon, one that went away or does not answer, and a line that is too long. What the daemon refuses, it will refuse again. */
const passing: ReadonlySet<ErrorCode> = new Set(["HOST_FILE_MISSING", "PEER_UNREACHABLE", "HOST_OUTPUT_TOO_LARGE"]);

async function tell({ clock, trigger, signal }: WatcherContext, news: News): Promise<void> {
  let allowance = fullAllowance(clock.monotonicMs());
  try {
    for (;;) {
      const first = await news.next(signal);
      await clock.sleep(settleMs, signal);
      trigger(["tailscale"], `tailscaled: ${[...new Set([...first, ...news.take()])].join(", ")}`);
      const spent = spend(allowance, clock.monotonicMs());
      allowance = spent.allowance;
      await clock.sleep(spent.waitMs, signal);
    }
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
  }
}

const maximumNamed = 16;
