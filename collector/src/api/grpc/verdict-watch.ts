/**
 * Tells those who watch the verdicts. A client holds one message that it has not taken at most: what changes meanwhile is found out when it has, so
 * that one that reads slowly costs no more than one that reads at once.
 */
import { create } from "@bufbuild/protobuf";
import { type ServerWritableStream, status } from "@grpc/grpc-js";
import {
  type NodeVerdict,
  type WatchNodeHealthRequest,
  type WatchNodeHealthResponse,
  WatchNodeHealthResponseSchema,
} from "@nodekeeper/proto/health";
import { AppError, type Clock, createNotifier } from "@nodekeeper/shared";
import type { Findings } from "../../evaluate/findings.ts";
import type { StateHolder } from "../../state/holder.ts";
import { limitKeyOf, type Principal } from "../access/principal.ts";
import type { WhyEnded } from "../access/still-holds.ts";
import type { VerdictFeed } from "./verdict-feed.ts";

/** A call that watches. */
export type WatchCall = ServerWritableStream<WatchNodeHealthRequest, WatchNodeHealthResponse>;

/** Bounds of it. */
export interface WatchLimits {
  /** Clients at the same time. */
  readonly maximumClients: number;
  /** Clients of one person or token at the same time. */
  readonly maximumClientsOfOne: number;
  /** Time between two messages to a client, at least. */
  readonly minimumIntervalMs: number;
}

/** What it needs. */
export interface VerdictWatchOptions {
  readonly feed: VerdictFeed;
  readonly state: Pick<StateHolder, "subscribe">;
  readonly findings: Pick<Findings, "subscribe">;
  /** Asked once a round: whether those who were let in still are. */
  readonly whyEnded: () => WhyEnded;
  readonly clock: Clock;
  readonly limits: WatchLimits;
}

/** Those who watch. Disposed, it ends their calls. */
export interface VerdictWatch extends AsyncDisposable {
  readonly clientCount: number;
  /** Serves a call until it ends. Throws OVERLOADED, or NOT_READY when it is stopping. */
  serve(call: WatchCall, principal: Principal): void;
}

interface Client {
  readonly call: WatchCall;
  readonly principal: Principal;
  /** Undefined: all nodes. */
  readonly names: ReadonlySet<string> | undefined;
  /** What it was told; undefined: nothing yet. */
  toldVersion: number | undefined;
  /** It has not taken what it was told. */
  isBusy: boolean;
}

/** Verdicts in one message: a few hundred kB, whatever the fleet. */
const partSize = 1000;
/** Without any event the fleet is looked at this often, since things grow old by themselves. */
const idleIntervalMs = 1000;

/** Nobody watches yet. */
export function createVerdictWatch({ feed, state, findings, whyEnded, clock, limits }: VerdictWatchOptions): VerdictWatch {
  const clients = new Set<Client>();
  const stop = new AbortController();
  const news = createNotifier(clock);
  const notify = (): void => {
    if (clients.size > 0) news.notify();
  };
  const subscriptions = [state.subscribe(notify), findings.subscribe(notify)];
  const loop = tellLoop();

  async function tellLoop(): Promise<void> {
    try {
      for (;;) {
        await news.wait(idleIntervalMs, stop.signal);
        if (clients.size === 0) continue;
        feed.refresh();
        endAccess();
        for (const client of clients) tell(client);
        await clock.sleep(limits.minimumIntervalMs, stop.signal);
      }
    } catch (thrown) {
      if (!stop.signal.aborted) throw thrown;
    }
  }

  function endAccess(): void {
    const ended = whyEnded();
    for (const client of clients) {
      const reason = ended(client.principal);
      if (reason !== undefined) end(client, status.UNAUTHENTICATED, reason);
    }
  }

  function end(client: Client, code: status, details: string): void {
    clients.delete(client);
    client.call.emit("error", { code, details });
  }

  function tell(client: Client): void {
    if (client.isBusy || client.toldVersion === feed.version) return;
    const changes = client.toldVersion === undefined ? undefined : feed.changesSince(client.toldVersion);
    client.toldVersion = feed.version;
    const isWanted = (name: string): boolean => client.names?.has(name) ?? true;
    if (changes === undefined) {
      sendSnapshot(
        client,
        feed.all().filter(({ node }) => isWanted(node)),
      );
      return;
    }
    const nodes = changes.nodes.filter(({ node }) => isWanted(node));
    const removedNodes = changes.removedNodes.filter(isWanted);
    if (nodes.length + removedNodes.length > 0) send(client, { case: "change", value: { nodes, removedNodes } });
  }

  function sendSnapshot(client: Client, nodes: readonly NodeVerdict[]): void {
    for (let first = 0; first === 0 || first < nodes.length; first += partSize) {
      const isLast = first + partSize >= nodes.length;
      send(client, { case: "snapshot", value: { nodes: nodes.slice(first, first + partSize), isLast } });
    }
  }

  function send(client: Client, message: Parameters<typeof messageOf>[0]): void {
    if (client.call.write(messageOf(message)) || client.isBusy) return;
    client.isBusy = true;
    client.call.once("drain", () => {
      client.isBusy = false;
      news.notify();
    });
  }

  /** On the collector's own machine nobody is told from anybody else. */
  function clientsOf(principal: Principal): number {
    if (principal.kind === "local") return 0;
    const key = limitKeyOf(principal, "");
    return [...clients].filter((client) => limitKeyOf(client.principal, "") === key).length;
  }

  return {
    get clientCount() {
      return clients.size;
    },
    serve(call, principal) {
      if (stop.signal.aborted) throw new AppError("NOT_READY", "the collector is stopping");
      if (clientsOf(principal) >= limits.maximumClientsOfOne || clients.size >= limits.maximumClients)
        throw new AppError("OVERLOADED", `${clients.size} clients watch, as many as may, or as many of yours as may`);
      const { nodes } = call.request;
      const names = nodes.length === 0 ? undefined : new Set(nodes);
      const client: Client = { call, principal, names, toldVersion: undefined, isBusy: false };
      clients.add(client);
      for (const over of ["cancelled", "close", "error", "finish"]) call.on(over, () => clients.delete(client));
      feed.refresh();
      tell(client);
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      for (const subscription of subscriptions) subscription[Symbol.dispose]();
      for (const client of clients) end(client, status.UNAVAILABLE, "the collector is stopping");
      await loop;
    },
  };
}

function messageOf(
  message: NonNullable<Parameters<typeof create<typeof WatchNodeHealthResponseSchema>>[1]>["message"],
): WatchNodeHealthResponse {
  return create(WatchNodeHealthResponseSchema, message === undefined ? {} : { message });
}
