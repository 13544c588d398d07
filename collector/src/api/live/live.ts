/**
 * WebSocket /api/v1/stream: tells every client what changed, at most some times a second, however much happens. One loop serves all
 * clients; a slow one is skipped and told everything at once when it has caught up, so that what waits for it never grows.
 */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type Clock, createNotifier, type Logger, runEvery } from "@nodekeeper/shared";
import { type WebSocket, WebSocketServer } from "ws";
import type { Findings } from "../../evaluate/findings.ts";
import type { StateHolder } from "../../state/holder.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { createLiveClient, type LiveClient } from "./live-client.ts";
import { createStreamMessages } from "./stream-messages.ts";
import type { StreamRequest } from "./stream-request.ts";

/** What may be set; the defaults suit a homelab and a thousand nodes alike. */
export interface LiveLimits {
  /** Time between two messages to a client, at least. */
  readonly minimumIntervalMs: number;
  /** Clients at the same time. */
  readonly maximumClients: number;
  /** A client that does not answer a ping before the next one is gone. */
  readonly pingIntervalMs: number;
}

/** Limits without configuration. */
export const defaultLiveLimits: LiveLimits = { minimumIntervalMs: 250, maximumClients: 256, pingIntervalMs: 30_000 };

/** What the stream lives on. */
export interface LiveOptions {
  readonly fleet: Fleet;
  readonly state: Pick<StateHolder, "subscribe">;
  readonly findings: Pick<Findings, "subscribe">;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: LiveLimits;
  /** Told of every message sent. */
  readonly onSent: (messageBytes: number) => void;
}

/** The stream. */
export interface Live extends AsyncDisposable {
  readonly clientCount: number;
  /** Takes over a connection whose request has been accepted. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, wanted: StreamRequest): void;
}

/** Without any event the fleet is looked at this often, since things grow old by themselves. */
const idleIntervalMs = 1000;
/** Clients have nothing to say. */
const maximumMessageBytes = 1024;
/** Time for the closing handshakes at the end. */
const closeTimeoutMs = 1000;

/** Serves the stream until it is disposed. */
export function createLive(options: LiveOptions): Live {
  const { fleet, clock, logger, limits } = options;
  // No permessage-deflate: see RESULTS.md in test/bench/api for what it costs and saves.
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: maximumMessageBytes,
    perMessageDeflate: false,
  });
  const messages = createStreamMessages(fleet);
  const clients = new Set<LiveClient>();
  const stop = new AbortController();
  const news = createNotifier(clock);
  const subscriptions = [options.state.subscribe(news.notify), options.findings.subscribe(news.notify)];
  const pings = {
    clock,
    intervalMs: () => limits.pingIntervalMs,
    firstDelayMs: limits.pingIntervalMs,
    random: Math.random,
    signal: stop.signal,
  };
  const loops = Promise.all([tellLoop(), runEvery(pings, pingAll)]);

  async function tellLoop(): Promise<void> {
    let toldVersion = fleet.version;
    try {
      for (;;) {
        // HTTP refreshes the fleet too: what it has taken in meanwhile is news to clients of the stream.
        const hasNews = fleet.version !== toldVersion || fleet.isBehind();
        if (!hasNews) await news.wait(idleIntervalMs, stop.signal);
        fleet.refresh();
        toldVersion = fleet.version;
        for (const client of clients) tell(client);
        await clock.sleep(limits.minimumIntervalMs, stop.signal);
      }
    } catch (thrown) {
      if (!stop.signal.aborted) throw thrown;
    }
  }

  async function pingAll(): Promise<void> {
    for (const client of clients) if (!client.ping()) client.socket.terminate();
  }

  function tell(client: LiveClient): void {
    const messageBytes = client.update();
    if (messageBytes > 0) options.onSent(messageBytes);
  }

  function admit(socket: WebSocket, wanted: StreamRequest): void {
    socket.on("error", (err) => logger.debug({ err }, "a client of the stream broke off"));
    if (stop.signal.aborted) socket.close(1001, "the collector is stopping");
    else if (clients.size < limits.maximumClients) serve(socket, wanted);
    else socket.close(1013, `the stream has ${clients.size} clients, as many as it may`);
  }

  function serve(socket: WebSocket, wanted: StreamRequest): void {
    const client = createLiveClient(socket, wanted, fleet, messages);
    clients.add(client);
    socket.on("close", () => clients.delete(client));
    socket.on("message", () => socket.close(1008, "the stream takes no messages"));
    tell(client);
  }

  return {
    get clientCount() {
      return clients.size;
    },
    upgrade(request, socket, head, wanted) {
      server.handleUpgrade(request, socket, head, (webSocket) => admit(webSocket, wanted));
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      for (const subscription of subscriptions) subscription[Symbol.dispose]();
      await loops;
      const closed = [...clients].map(
        ({ socket }) =>
          new Promise<void>((resolve) => {
            socket.on("close", () => resolve());
            socket.close(1001, "the collector is stopping");
          }),
      );
      const patience = new AbortController();
      await Promise.race([Promise.all(closed), clock.sleep(closeTimeoutMs, patience.signal)]);
      patience.abort();
      for (const { socket } of clients) socket.terminate();
    },
  };
}
