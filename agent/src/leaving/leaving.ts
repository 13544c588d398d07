/**
 * The machine's going away. systemd-logind is asked to wait for us (a delay inhibitor, held by a child while the machine stays), tells us when the
 * machine is put to sleep or shut down, and goes on as soon as the reporter has said goodbye; at the latest after a few seconds.
 */
import type { GoodbyeReason } from "@nodekeeper/proto";
import { AppError, backoffDelayMs, type Clock, createListeners, createNotifier, type Logger } from "@nodekeeper/shared";
import { inhibitUntilReleased, monitorLogind } from "../host/commands.ts";
import type { OpenedHost } from "../host/host.ts";
import type { LeavingPort } from "../spool/spool.ts";
import { type LogindSignal, parseLogindSignal } from "./logind-signals.ts";
import { findStopReason } from "./stop-reason.ts";

/** What it needs. */
export interface LeavingOptions {
  readonly host: OpenedHost;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  /** Nobody else may listen to what logind says, and who does not hear it must not make the machine wait. */
  readonly isRoot: boolean;
  /** The machine is awake again, or stays after all: everything may have changed. */
  readonly onReturn: () => void;
}

/** See above. */
export interface Leaving extends LeavingPort {
  /** Listens until the signal aborts, where there is a logind; never rejects. */
  run(signal: AbortSignal): Promise<void>;
}

/** Makes it; nothing is held before `run`. */
export function createLeaving({ host, clock, random, logger, isRoot, onReturn }: LeavingOptions): Leaving {
  const listeners = createListeners<void>();
  const moved = createNotifier(clock);
  let current: GoodbyeReason | undefined;
  /** True from the first word of going away until the machine stays: no lock can be had meanwhile. */
  let isGoing = false;
  let wasTold = false;
  /** Whether we would hear of a sleep: without it nobody would let the lock go in time. */
  let isListening = false;
  let lastLook: { readonly atMs: number; readonly reason: Promise<GoodbyeReason> } | undefined;
  let lock: AbortController | undefined;

  async function run(signal: AbortSignal): Promise<void> {
    if (!isRoot || !(await hasLogind(host))) return;
    await Promise.all([keepTrying("listen to logind", listen, signal), keepTrying("delay a shutdown", holdLock, signal)]);
  }

  async function listen(signal: AbortSignal): Promise<void> {
    const over = new AbortController();
    clock.sleep(settledMs, over.signal).then(
      () => {
        isListening = true;
        moved.notify();
      },
      () => undefined, // it ended before
    );
    try {
      await host.attend("busctl", monitorLogind, { signal, onLine: (line) => hear(parseLogindSignal(line)) });
    } finally {
      over.abort();
      isListening = false;
      letGo();
      hear({ kind: "staying" }); // nobody would tell us any more
    }
  }

  /** While the machine stays. */
  async function holdLock(signal: AbortSignal): Promise<void> {
    while (isGoing || !isListening) await moved.wait(lookAgainMs, signal);
    signal.throwIfAborted(); // nobody would release what is held now
    const released = new AbortController();
    const release = (): void => released.abort();
    signal.addEventListener("abort", release, { once: true });
    lock = released;
    try {
      await host.attend("systemd-inhibit", inhibitUntilReleased, { signal: released.signal, onLine: () => undefined });
    } finally {
      signal.removeEventListener("abort", release);
    }
  }

  function hear(heard: LogindSignal | undefined): void {
    switch (heard?.kind) {
      case "going":
        go(heard.reason);
        break;
      case "going down": // SIGTERM follows, and what systemd does by then says why
        if (isGoing) break;
        isGoing = true;
        letGo();
        break;
      case "staying":
        stay();
        break;
      default:
    }
  }

  function go(reason: GoodbyeReason): void {
    if (current !== undefined) return;
    isGoing = true;
    wasTold = false;
    current = reason;
    logger.info({ reason }, "the machine goes away");
    listeners.tell();
    void limit();
  }

  /** The machine does not wait for a reporter that does not listen, nor long for one that does. */
  async function limit(): Promise<void> {
    const holding = lock;
    await clock.sleep(untoldMs, never);
    if (wasTold) await clock.sleep(patienceMs - untoldMs, never);
    holding?.abort();
  }

  function stay(): void {
    if (!isGoing) return;
    isGoing = false;
    current = undefined;
    logger.info({}, "the machine stays");
    moved.notify();
    listeners.tell();
    onReturn();
  }

  function letGo(): void {
    lock?.abort();
  }

  /** A reporter may ask as often as it likes: it gets what was found a moment ago. */
  async function stopReason(): Promise<GoodbyeReason> {
    if (current !== undefined) return current;
    const nowMs = clock.monotonicMs();
    // It is bounded in itself, and others may wait for it too: no single caller ends it.
    if (lastLook === undefined || nowMs - lastLook.atMs >= lookEveryMs)
      lastLook = { atMs: nowMs, reason: findStopReason(host, logger, never) };
    return await lastLook.reason;
  }

  /** Runs `work` again and again: what is done by a child may end, and logind may be restarted. */
  async function keepTrying(what: string, work: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
    for (let attempt = 1; !signal.aborted; attempt++) {
      const beganAtMs = clock.monotonicMs();
      try {
        await work(signal);
        attempt = 0;
      } catch (thrown) {
        if (signal.aborted) return;
        const error = AppError.from(thrown);
        if (error.code === "HOST_COMMAND_MISSING")
          return logger.info({ what, reason: error.message }, "no goodbye before a sleep");
        if (clock.monotonicMs() - beganAtMs > retryBackoff.maximumMs) attempt = 1;
        if (attempt === 1) logger.warn({ what, reason: error.message }, "something of logind ended, it is tried again");
        await clock.sleep(backoffDelayMs(retryBackoff, attempt, random), signal).catch(() => undefined); // aborted: the loop ends
      }
    }
  }

  return {
    get current() {
      return current;
    },
    onChanged: (listener) => listeners.add(listener),
    told: () => {
      wasTold = true;
    },
    // A reporter that says so while the machine stays has nothing to let go.
    departed: () => {
      if (isGoing) letGo();
    },
    stopReason,
    run,
  };
}

/** From the beginning of a sleep or shutdown: how long a reporter may take to listen, and how long to say goodbye. logind itself waits 5 s. */
const untoldMs = 700;
const patienceMs = 4_200;
const never = new AbortController().signal;
const lookAgainMs = 60_000;
/** A program that may not listen has ended by then. */
const settledMs = 1_000;
/** Each look runs a program. */
const lookEveryMs = 2_000;
const retryBackoff = { baseMs: 5_000, maximumMs: 300_000 };

/** logind makes a folder for everyone who wants to know of it; images of containers have one too, and no bus. */
async function hasLogind(host: OpenedHost): Promise<boolean> {
  if (!host.isLive || host.root !== "/") return false;
  try {
    await host.list("/run/systemd/seats");
    return (await host.list("/run/dbus")).includes("system_bus_socket");
  } catch {
    return false; // no systemd, or no bus: nobody tells of a sleep
  }
}
