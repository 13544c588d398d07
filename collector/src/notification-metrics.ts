/** Numbers of telling people, for Prometheus. docs/metrics.md describes them, with those of metrics.ts. */
import type { ChannelStatus } from "@nodekeeper/shared/api";
import { Counter, Gauge, type Registry } from "prom-client";
import type { NotifyMetrics } from "./notify/notify-metrics.ts";

const prefix = "nodekeeper_collector_";

/** Makes them; `channels` is asked when somebody reads the page. */
export function createNotificationMetrics(registry: Registry, channels: () => readonly ChannelStatus[]): NotifyMetrics {
  const attempts = new Counter({
    name: `${prefix}notifications_total`,
    help: "Attempts to deliver a notice, by channel and by what became of them.",
    labelNames: ["channel", "result"],
    registers: [registry],
  });
  const beats = new Counter({
    name: `${prefix}heartbeats_total`,
    help: "Heartbeats to the dead man's switch, by what became of them.",
    labelNames: ["result"],
    registers: [registry],
  });
  new Gauge({
    name: `${prefix}notifications_waiting`,
    help: "Notices that wait to be delivered, by channel.",
    labelNames: ["channel"],
    registers: [registry],
    collect() {
      this.reset();
      for (const { name, waiting } of channels()) this.set({ channel: name }, waiting);
    },
  });
  return {
    attempted: (channel, result) => attempts.inc({ channel, result }),
    heartbeat: (result) => beats.inc({ result }),
  };
}
