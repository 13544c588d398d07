/** Telling people, put together: the file that says whom, what is told, and the numbers of it. */
import type { Clock, Logger } from "@nodekeeper/shared";
import type { Finding } from "@nodekeeper/shared/api";
import type { Registry } from "prom-client";
import type { Findings } from "./evaluate/findings.ts";
import { createNotificationMetrics } from "./notification-metrics.ts";
import { openSettings } from "./notify/configuration/open-settings.ts";
import { createNotifications } from "./notify/create-notifications.ts";
import type { Notifications } from "./notify/notifications.ts";
import type { Store } from "./store/store.ts";

/** What it is put together from. */
export interface NotificationNeeds {
  /** YAML; undefined: nobody is told anything. */
  readonly file: string | undefined;
  readonly findings: Pick<Findings, "all" | "subscribe">;
  /** Findings of before the start, for the resolution of what was told. */
  readonly past: readonly Finding[];
  readonly store: Pick<Store, "saveDocuments" | "documents" | "status">;
  /** Why the collector cannot do its work, besides the store; empty while it can. */
  readonly obstacles: () => readonly string[];
  readonly registry: Registry;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/** Starts it; throws CONFIG_INVALID with every problem of the file. */
export async function openNotifications(needs: NotificationNeeds): Promise<Notifications> {
  const { file, past, store, obstacles, registry, clock, random, logger } = needs;
  await using stack = new AsyncDisposableStack();
  const source = stack.use(await openSettings({ file, clock, random, logger }));
  const notifications: Notifications = stack.use(
    await createNotifications({
      ...{ ...needs, source },
      resolved: past.filter(({ state }) => state === "resolved"),
      async obstacles() {
        const { problem } = await store.status();
        return [...obstacles(), ...(problem === undefined ? [] : [problem])];
      },
      metrics: createNotificationMetrics(registry, () => notifications.overview().channels),
    }),
  );
  const running = stack.move();
  return { ...notifications, [Symbol.asyncDispose]: () => running.disposeAsync() };
}
