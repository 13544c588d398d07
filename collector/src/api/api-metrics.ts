/** The API's own numbers. */
import { Counter, Gauge, Histogram, type Registry } from "prom-client";

/** What the API tells of itself. */
export interface ApiMetrics {
  /** A request was answered. `route` is the pattern, not the path: there are few of them. */
  requestAnswered(route: string, status: number, durationSeconds: number): void;
  /** A message went to a client of the stream. */
  messageSent(messageBytes: number): void;
}

const prefix = "nodekeeper_collector_api_";

/** Registers the numbers; `clientCount` is asked whenever they are read. */
export function createApiMetrics(registry: Registry, clientCount: () => number): ApiMetrics {
  const registers = [registry];
  const requests = new Histogram({
    name: `${prefix}request_duration_seconds`,
    help: "Time from the request's arrival to the end of its answer.",
    labelNames: ["route", "status"],
    buckets: [0.001, 0.005, 0.025, 0.1, 0.5, 2.5],
    registers,
  });
  const messages = new Counter({
    name: `${prefix}stream_messages_total`,
    help: "Messages sent to clients of the stream.",
    registers,
  });
  const bytes = new Counter({ name: `${prefix}stream_bytes_total`, help: "Bytes of those messages.", registers });
  new Gauge({
    name: `${prefix}stream_clients`,
    help: "Clients of the stream now.",
    registers,
    collect() {
      this.set(clientCount());
    },
  });
  return {
    requestAnswered: (route, status, durationSeconds) => requests.observe({ route, status: String(status) }, durationSeconds),
    messageSent(messageBytes) {
      messages.inc();
      bytes.inc(messageBytes);
    },
  };
}
