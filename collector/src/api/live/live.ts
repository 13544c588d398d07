/**
 * WebSocket /api/v1/stream: tells every client what changed, at most some times a second, however much happens. One loop serves all
 * clients; a slow one is skipped and told everything at once when it has caught up, so that what waits for it never grows.
 */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type Clock, createNotifier, type Logger, runEvery } from "@nodekeeper/shared";
import { type WebSocket, WebSocketServer } from "ws";
import type { Findings } from "../../evaluate/findings.ts";
import type { Onboardings } from "../../onboarding/onboarding.ts";
import type { StateHolder } from "../../state/holder.ts";
import { limitKeyOf, type Principal } from "../access/principal.ts";
import type { WhyEnded } from "../access/still-holds.ts";
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
  /** Clients of one person or token at the same time: none takes the places of all others. */
  readonly maximumClientsOfOne: number;
  /** A client that does not answer a ping before the next one is gone. */
  readonly pingIntervalMs: number;
}

/** Limits without configuration. */
export const defaultLiveLimits: LiveLimits = {
  minimumIntervalMs: 250,
  maximumClients: 256,
  maximumClientsOfOne: 64,
  pingIntervalMs: 30_000,
};

/** What the stream lives on. */
export interface LiveOptions {
  readonly fleet: Fleet;
  readonly state: Pick<StateHolder, "subscribe">;
  readonly findings: Pick<Findings, "subscribe">;
  readonly onboardings: Pick<Onboardings, "subscribe">;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: LiveLimits;
  /** Asked once a round: whether those who were let in still are. */
  readonly whyEnded: () => WhyEnded;
  /** Told of every message sent. */
  readonly onSent: (messageBytes: number) => void;
}

/** The stream. */
export interface Live extends AsyncDisposable {
  readonly clientCount: number;
  /** Takes over a connection whose request has been accepted. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, wanted: StreamRequest, principal: Principal): void;
}

/** Closes the connection of somebody who is not let in any more: whoever is logged in again may come back. */
export const accessEndedCode = 4401;

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
  const clients = new Map<LiveClient, Principal>();
  const stop = new AbortController();
  const news = createNotifier(clock);
  const notify = (): void => {
    if (clients.size > 0) news.notify();
  };
  const subscriptions = [
    options.state.subscribe(notify),
    options.findings.subscribe(notify),
    options.onboardings.subscribe(notify),
  ];
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
        if (!hasNews || clients.size === 0) await news.wait(idleIntervalMs, stop.signal);
        if (clients.size === 0) continue; // nobody looks: the fleet is not made anew with each word of each node
        fleet.refresh();
        toldVersion = fleet.version;
        endAccess();
        for (const client of clients.keys()) tell(client);
        await clock.sleep(limits.minimumIntervalMs, stop.signal);
      }
    } catch (thrown) {
      if (!stop.signal.aborted) throw thrown;
    }
  }

  async function pingAll(): Promise<void> {
    for (const client of clients.keys()) if (!client.ping()) client.socket.terminate();
  }

  function endAccess(): void {
    if (clients.size === 0) return;
    const whyEnded = options.whyEnded();
    for (const [client, principal] of clients) {
      const reason = whyEnded(principal);
      if (reason === undefined) continue;
      clients.delete(client); // it is told nothing more, however slowly it closes
      client.socket.close(accessEndedCode, reason);
    }
  }

  function tell(client: LiveClient): void {
    const messageBytes = client.update();
    if (messageBytes > 0) options.onSent(messageBytes);
  }

  function admit(socket: WebSocket, wanted: StreamRequest, principal: Principal): void {
    socket.on("error", (err) => logger.debug({ err }, "a client of the stream broke off"));
    if (stop.signal.aborted) socket.close(1001, "the collector is stopping");
    else if (clientsOf(principal) >= limits.maximumClientsOfOne)
      socket.close(1013, `the stream has ${limits.maximumClientsOfOne} clients of yours, as many as it may`);
    else if (clients.size < limits.maximumClients) serve(socket, wanted, principal);
    else socket.close(1013, `the stream has ${clients.size} clients, as many as it may`);
  }

  /** On the collector's own machine nobody is told from anybody else. */
  function clientsOf(principal: Principal): number {
    if (principal.kind === "local") return 0;
    const key = limitKeyOf(principal, "");
    return [...clients.values()].filter((other) => limitKeyOf(other, "") === key).length;
  }

  function serve(socket: WebSocket, wanted: StreamRequest, principal: Principal): void {
    fleet.refresh();
    const client = createLiveClient(socket, wanted, fleet, messages);
    clients.set(client, principal);
    socket.on("close", () => clients.delete(client));
    socket.on("message", () => socket.close(1008, "the stream takes no messages"));
    tell(client);
  }

  return {
    get clientCount() {
      return clients.size;
    },
    upgrade(request, socket, head, wanted, principal) {
      server.handleUpgrade(request, socket, head, (webSocket) => admit(webSocket, wanted, principal));
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      for (const subscription of subscriptions) subscription[Symbol.dispose]();
      await loops;
      const closed = [...clients.keys()].map(
        ({ socket }) =>
          new Promise<void>((resolve) => {
            socket.on("close", () => resolve());
            socket.close(1001, "the collector is stopping");
          }),
      );
      const patience = new AbortController();
      await Promise.race([Promise.all(closed), clock.sleep(closeTimeoutMs, patience.signal)]);
      patience.abort();
      for (const { socket } of clients.keys()) socket.terminate();
    },
  };
}
