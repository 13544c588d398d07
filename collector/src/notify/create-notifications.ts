/** Telling people, put together: the settings in force, a runner for each channel, one memory, and the heartbeat. */
import { isDeepStrictEqual } from "node:util";
import { AppError, type Clock, inWords, type Logger, nearest } from "@nodekeeper/shared";
import type { Finding } from "@nodekeeper/shared/api";
import type { Findings } from "../evaluate/findings.ts";
import type { Store } from "../store/store.ts";
import { type ChannelRunner, type ChannelRunnerOptions, startChannel } from "./channel-runner.ts";
import type { ChannelSettings, SettingsSource } from "./configuration/settings.ts";
import { openFindingBook } from "./finding-book.ts";
import { type Heartbeat, startHeartbeat } from "./heartbeat.ts";
import { openNotifyMemory } from "./memory.ts";
import type { Notifications } from "./notifications.ts";
import type { NotifyMetrics } from "./notify-metrics.ts";

/** What it needs. */
export interface NotificationsOptions extends Pick<ChannelRunnerOptions, "createChannel"> {
  readonly source: Pick<SettingsSource, "current" | "problems" | "onChanged">;
  readonly findings: Pick<Findings, "all" | "subscribe">;
  /** Findings that ended before the start, for the resolution of what was told. */
  readonly resolved: readonly Finding[];
  readonly store: Pick<Store, "saveDocuments" | "documents">;
  /** Why the collector is not well, for the heartbeat; empty while it is. */
  readonly obstacles: () => Promise<readonly string[]>;
  readonly metrics: NotifyMetrics;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

interface Running {
  readonly runner: ChannelRunner;
  readonly settings: ChannelSettings;
}

/** Starts it, with what was told and what waits. */
export async function createNotifications(options: NotificationsOptions): Promise<Notifications> {
  const { source, findings, resolved, logger } = options;
  const memory = await openNotifyMemory(options);
  const book = openFindingBook(findings, resolved, (keys) => {
    for (const { runner } of channels.values()) runner.consider(keys);
  });
  const channels = new Map<string, Running>();
  /** Ends of what is there no more. */
  let ending: Promise<unknown> = Promise.resolve();
  let heartbeat: { readonly running: Heartbeat; readonly settings: unknown } | undefined;

  follow();
  const subscription = source.onChanged(follow);

  function follow(): void {
    const { channels: wanted, heartbeat: beat } = source.current;
    // Where nothing is wanted at all, somebody may have left the option out for once: what was told stays told.
    const remembered = wanted.length === 0 ? [] : memory.channels();
    for (const name of new Set([...channels.keys(), ...remembered])) {
      if (!wanted.some((each) => each.name === name)) drop(name);
    }
    for (const settings of wanted) {
      const known = channels.get(settings.name);
      if (known === undefined) channels.set(settings.name, { runner: start(settings), settings });
      else if (!isDeepStrictEqual(known.settings, settings)) {
        known.runner.configure(settings);
        channels.set(settings.name, { ...known, settings });
      }
    }
    if (isDeepStrictEqual(heartbeat?.settings, beat)) return;
    if (heartbeat !== undefined) ending = Promise.all([ending, heartbeat.running[Symbol.asyncDispose]()]);
    heartbeat = beat === undefined ? undefined : { settings: beat, running: startHeartbeat({ ...options, settings: beat }) };
  }

  function start(settings: ChannelSettings): ChannelRunner {
    return startChannel({ ...options, settings, memory, book, linkTo });
  }

  function linkTo(place: string): string | undefined {
    const { externalUrl } = source.current;
    return externalUrl === undefined ? undefined : `${externalUrl}/${place}`;
  }

  /** There is no such channel any more: nobody wants to hear by it. */
  function drop(name: string): void {
    const known = channels.get(name);
    const waiting = memory.waiting(name).length;
    channels.delete(name);
    ending = Promise.all([ending, known?.runner[Symbol.asyncDispose]()]).then(async () => {
      if (channels.has(name)) return; // it came back
      memory.forget(name);
      await memory.flush();
    });
    if (waiting > 0) logger.warn({ channel: name, waiting }, "a channel was taken away, what waited for it is dropped");
  }

  return {
    overview: () => ({
      channels: [...channels.values()].map(({ runner }) => runner.status),
      ...(heartbeat === undefined ? {} : { heartbeat: heartbeat.running.status }),
    }),
    async test(channel, by) {
      if (channel === undefined) return Promise.all([...channels.values()].map(({ runner }) => runner.test(by)));
      const one = channels.get(channel);
      if (one !== undefined) return [await one.runner.test(by)];
      const suggestion = nearest(channel, [...channels.keys()]);
      const hint =
        channels.size === 0
          ? "none is configured"
          : suggestion === undefined
            ? `known are ${inWords([...channels.keys()])}`
            : `did you mean "${suggestion}"?`;
      throw new AppError("NOT_FOUND", `no channel is called "${channel}"; ${hint}`);
    },
    problems: () => [
      ...source.problems(),
      ...[...channels.values(), ...(heartbeat === undefined ? [] : [{ runner: heartbeat.running }])].flatMap(({ runner }) =>
        runner.problem === undefined ? [] : [runner.problem],
      ),
      ...(memory.problem === undefined ? [] : [`notifications: ${memory.problem}`]),
    ],
    async [Symbol.asyncDispose]() {
      subscription[Symbol.dispose]();
      book[Symbol.dispose]();
      await Promise.all([...channels.values()].map(({ runner }) => runner[Symbol.asyncDispose]()));
      await heartbeat?.running[Symbol.asyncDispose]();
      await ending;
      await memory.flush();
    },
  };
}
