/**
 * The sign of life for a dead man's switch elsewhere. It is sent only while the collector is really well; where it is not, silence is the word by which the
 * other side learns of it.
 */
import { AppError, type Clock, type Logger, runEvery } from "@nodekeeper/shared";
import type { NotificationOverview } from "@nodekeeper/shared/api";
import { type Delivery, postponed } from "./channels/channel.ts";
import { openEndpoint, targetOf } from "./channels/endpoint.ts";
import { sendHttp } from "./channels/send-http.ts";
import type { HeartbeatSettings } from "./configuration/settings.ts";
import type { NotifyMetrics } from "./notify-metrics.ts";

/** It beats. Disposing it ends it. */
export interface Heartbeat extends AsyncDisposable {
  readonly status: NonNullable<NotificationOverview["heartbeat"]>;
  readonly problem: string | undefined;
}

/** What it needs. */
export interface HeartbeatOptions {
  readonly settings: HeartbeatSettings;
  /** Why the collector is not well; empty while it is. */
  readonly obstacles: () => Promise<readonly string[]>;
  readonly metrics: NotifyMetrics;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/** It is not to be late, and many collectors are not to be one. */
const jitter = 0.05;
const retryMs = 10_000;

/** Starts it; the first is sent at once. */
export function startHeartbeat({ settings, obstacles, metrics, clock, random, logger }: HeartbeatOptions): Heartbeat {
  const stopping = new AbortController();
  const timing = { clock, random, jitter, signal: stopping.signal, intervalMs: nextMs };
  let lastSentAt: string | undefined;
  let problem: string | undefined;

  const beating = runEvery(timing, async () => {
    const reasons = await obstacles().catch((thrown: unknown) => [AppError.from(thrown).message]);
    if (stopping.signal.aborted) return;
    if (reasons.length > 0) {
      metrics.heartbeat("withheld");
      tell(`no heartbeat is sent, because the collector is not well: ${reasons.join("; ")}`);
      return;
    }
    const delivery = await send();
    if (stopping.signal.aborted) return;
    metrics.heartbeat(delivery.kind === "delivered" ? "sent" : "failed");
    tell(delivery.kind === "failed" ? delivery.problem : undefined);
    if (delivery.kind === "delivered") lastSentAt = new Date(clock.wallMs()).toISOString();
  });

  /** One that was not sent is made up for soon: the other side is about to speak up. */
  function nextMs(): number {
    return problem === undefined ? settings.everyMs : Math.min(settings.everyMs, retryMs);
  }

  async function send(): Promise<Delivery> {
    try {
      const { url, secrets } = await openEndpoint(settings.endpoint);
      return await sendHttp({ method: settings.method, url, secrets }, clock, stopping.signal);
    } catch (thrown) {
      return postponed(AppError.from(thrown).message);
    }
  }

  function tell(found: string | undefined): void {
    if (found !== undefined && found !== problem) logger.warn({ problem: found }, "no heartbeat was sent");
    problem = found;
  }

  return {
    get status() {
      return {
        target: targetOf(settings.endpoint),
        ...(lastSentAt === undefined ? {} : { lastSentAt }),
        ...(problem === undefined ? {} : { problem }),
      };
    },
    get problem() {
      return problem === undefined ? undefined : `heartbeat: ${problem}`;
    },
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await beating;
    },
  };
}
