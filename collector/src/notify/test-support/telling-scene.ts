/** Notifications over a clock, a store and findings that a test moves, with channels that only remember what they were given. */
import { createLogger } from "@nodekeeper/shared";
import type { Finding } from "@nodekeeper/shared/api";
import { FakeClock } from "@nodekeeper/shared/test-support";
import { FakeFindings } from "../../api/test-support/fake-findings.ts";
import { FakeStore } from "../../test-support/fake-store.ts";
import { type Channel, type Delivery, delivered } from "../channels/channel.ts";
import type { ChannelSettings, NotificationSettings } from "../configuration/settings.ts";
import { createNotifications } from "../create-notifications.ts";
import type { Notice } from "../notice.ts";
import { type Notifications, noNotifications } from "../notifications.ts";

/** The scene. */
export interface TellingScene extends AsyncDisposable {
  readonly clock: FakeClock;
  readonly store: FakeStore;
  readonly findings: FakeFindings;
  readonly notifications: Notifications;
  /** What was delivered, in order; what was delivered twice stands here twice. */
  readonly arrived: Notice[];
  /** Nodes of which a channel of Alertmanager was told again that they are not well, at each time. */
  readonly refreshed: (readonly string[])[];
  /** What became of attempts and heartbeats. */
  readonly counted: string[];
  /** How every attempt ends that begins from now on. */
  outcome: Delivery;
  /** No attempt ends before it. */
  answering: Promise<void>;
  /** Why the collector is not well. */
  obstacles: readonly string[];
  /** Other settings are in force from now on. */
  configure(settings: Partial<NotificationSettings>): void;
  /** The collector stops; where the store takes nothing at that moment, it is as if it was killed. */
  stop(): Promise<void>;
  /** It starts, after a stop, with what is in the store; findings are held until they are put anew. */
  restart(): Promise<void>;
}

/** A channel by its name: high findings, and advice. */
export function aChannel(changes: Partial<ChannelSettings> = {}): ChannelSettings {
  return {
    name: "phone",
    transport: { type: "webhook", endpoint: { url: "http://127.0.0.1:9/" }, secretFile: undefined, tokenFile: undefined },
    severities: ["high"],
    advice: true,
    gatherMs: 30_000,
    gatherAdviceMs: 900_000,
    mostPerHour: 1000,
    ...changes,
  };
}

/** It runs. */
export async function startTelling(settings: Partial<NotificationSettings> = {}): Promise<TellingScene> {
  const clock = new FakeClock(Date.UTC(2026, 0, 1));
  const store = new FakeStore();
  const listeners = new Set<() => void>();
  let current: NotificationSettings = { externalUrl: undefined, heartbeat: undefined, channels: [aChannel()], ...settings };
  const arrived: Notice[] = [];
  const refreshed: (readonly string[])[] = [];
  const counted: string[] = [];

  const refresh: Channel["refresh"] = async (open) => {
    refreshed.push(open.map(({ node }) => node));
    return delivered;
  };
  const begin = (findings: FakeFindings): Promise<Notifications> =>
    createNotifications({
      ...{ findings, store, clock, resolved: [], random: () => 0.5, logger: createLogger("test", "silent") },
      source: {
        get current() {
          return current;
        },
        problems: () => [],
        onChanged(listener) {
          listeners.add(listener);
          return { [Symbol.dispose]: () => void listeners.delete(listener) };
        },
      },
      createChannel: ({ type }) => ({
        async deliver(notice) {
          const { outcome } = scene;
          await scene.answering;
          if (outcome.kind === "delivered") arrived.push(notice);
          return outcome;
        },
        ...(type === "alertmanager" ? { refresh } : {}),
      }),
      obstacles: async () => scene.obstacles,
      metrics: {
        attempted: (channel, result) => void counted.push(`${channel} ${result}`),
        heartbeat: (result) => void counted.push(`heartbeat ${result}`),
      },
    });

  const scene = {
    ...{ clock, store, arrived, refreshed, counted, outcome: delivered as Delivery, obstacles: [] as readonly string[] },
    answering: Promise.resolve(),
    findings: new FakeFindings(),
    notifications: noNotifications, // in a moment
    configure(next: Partial<NotificationSettings>) {
      current = { ...current, ...next };
      for (const listener of listeners) listener();
    },
    async stop() {
      await scene.notifications[Symbol.asyncDispose]();
      scene.notifications = noNotifications;
    },
    async restart() {
      await scene.stop();
      const before: readonly Finding[] = scene.findings.all();
      scene.findings = new FakeFindings();
      for (const finding of before) scene.findings.put({ ...finding, isHeld: true });
      scene.notifications = await begin(scene.findings);
      await clock.advance(0);
    },
    [Symbol.asyncDispose]: () => scene.notifications[Symbol.asyncDispose](),
  };
  scene.notifications = await begin(scene.findings);
  return scene;
}

/** What a notice says, short: "firing neko disk-worn". */
export function saidBy(notices: readonly Notice[]): readonly (readonly string[])[] {
  return notices.map(({ items }) => items.map(({ telling, finding }) => `${telling} ${finding.node} ${finding.rule}`));
}
