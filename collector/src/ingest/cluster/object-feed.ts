/**
 * Brings the objects of a kind into whoever holds them. A complete list is the truth, a watch is a hint of what comes after it: after every failure,
 * and every ten minutes without any, all is listed anew. Only a complete list, or the word that an object is gone, takes it away.
 */
import {
  AppError,
  backoffDelayMs,
  type Clock,
  createDeadline,
  type Fields,
  fieldsAt,
  type Logger,
  textAt,
} from "@nodekeeper/shared";
import type { ObjectEvent, ObjectList } from "../../clients/kubernetes/object-kind.ts";

/** Where objects come from: see KubernetesClient. */
export interface ObjectSource {
  list<Item>(of: (object: Fields) => Item, signal: AbortSignal): Promise<ObjectList<Item>>;
  watch(fromResourceVersion: string, onEvent: (event: ObjectEvent) => void, signal: AbortSignal): Promise<void>;
  /** Asks something else now and then: a watch of what never changes is silent, and so is one of an API server that hangs. */
  askAlive?(signal: AbortSignal): Promise<void>;
}

/** Where they go. Times are when it was heard, in ms since 1970. */
export interface ObjectSink<Item> {
  /** A complete list: whatever is not in it is gone. */
  replaceAll(items: readonly Item[], atMs: number): void;
  put(item: Item, atMs: number): void;
  /** The last that was said of one that is gone. */
  remove(item: Item, atMs: number): void;
  /** The API server spoke, though nothing changed. */
  heard(atMs: number): void;
  /** Why nothing can be heard now; undefined: it can. */
  setProblem(problem: string | undefined): void;
}

/** What a feed is made of. */
export interface ObjectFeedOptions<Item> {
  /** As sentences name them, e.g. Nodes. */
  readonly what: string;
  readonly source: ObjectSource;
  /** What is kept of one; undefined: it is in no form that we know, which is no reason to believe that it is not there. */
  read(object: Fields): Item | undefined;
  /** Whether one is kept at all; all are where it is not said. */
  isWanted?(object: Fields): boolean;
  readonly sink: ObjectSink<Item>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/** It goes on until it is disposed. */
export interface ObjectFeed extends AsyncDisposable {
  /** Why objects are not heard of now; empty when they are. */
  problems(): readonly string[];
}

const relistMs = 600_000;
const retry = { baseMs: 250, maximumMs: 30_000 };
/** A watch that ends sooner has told nothing. */
const begunMs = 1_000;
/** After a watch of so long a failure is the first one. */
const lastedMs = 30_000;
const askAliveMs = 60_000;

/** Begins at once. */
export function createObjectFeed<Item>(options: ObjectFeedOptions<Item>): ObjectFeed {
  const { what, source, sink, clock, random, logger } = options;
  const isWanted = (object: Fields): boolean => options.isWanted?.(object) ?? true;
  const stopping = new AbortController();
  const { signal } = stopping;
  const isDue = new AppError("ABORTED", "the list is to be read anew");
  let problem: string | undefined;
  let listedAtMs: number | undefined;
  const following = followOn();

  return {
    problems: () => (problem === undefined ? [] : [problem]),
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await following;
    },
  };

  async function followOn(): Promise<void> {
    for (let failures = 0; !signal.aborted; ) {
      listedAtMs = undefined;
      try {
        await followOnce();
        failures = 0;
      } catch (thrown) {
        if (signal.aborted) return;
        const hasLasted = listedAtMs !== undefined && clock.monotonicMs() - listedAtMs >= lastedMs;
        failures = hasLasted ? 1 : failures + 1;
        const error = AppError.from(thrown, "PEER_UNREACHABLE");
        failed(error);
        await clock.sleep(retryDelayMs(error, failures, random), signal).catch(() => undefined); // it is stopping: the loop ends
      }
    }
  }

  /** One list, and what is told after it until the next is due. */
  async function followOnce(): Promise<void> {
    const of = (object: Fields): Item | undefined => (isWanted(object) ? read(object) : undefined);
    const { items, resourceVersion } = await source.list(of, signal);
    signal.throwIfAborted();
    sink.replaceAll(
      items.filter((item) => item !== undefined),
      clock.wallMs(),
    );
    listedAtMs = clock.monotonicMs();
    const round = new AbortController();
    const stop = (): void => round.abort(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    using due = createDeadline(clock, relistMs * (0.9 + 0.2 * random()), round.signal, isDue);
    const looking = lookAlive(due.signal).catch((thrown: unknown) => round.abort(thrown));
    try {
      await watch(resourceVersion, due.signal);
    } catch (thrown) {
      if (thrown !== isDue) throw thrown;
    } finally {
      round.abort();
      signal.removeEventListener("abort", stop);
      await looking;
    }
  }

  /** Watches again and again, each from where the one before ended. */
  async function watch(fromResourceVersion: string, until: AbortSignal): Promise<never> {
    let resourceVersion = fromResourceVersion;
    for (;;) {
      const startedAtMs = clock.monotonicMs();
      const take = (event: ObjectEvent): void => {
        resourceVersion = takeEvent(event) || resourceVersion;
      };
      await source.watch(resourceVersion, take, until);
      if (clock.monotonicMs() - startedAtMs < begunMs)
        throw new AppError("PEER_UNREACHABLE", `the cluster's API ends a watch of its ${what} as soon as it begins`);
    }
  }

  /** The resourceVersion up to which all is known. */
  function takeEvent(event: ObjectEvent): string {
    const atMs = clock.wallMs();
    if (event.kind === "bookmark") {
      sink.heard(atMs);
      return event.resourceVersion;
    }
    const { kind, object } = event;
    if (!isWanted(object)) sink.heard(atMs);
    else if (kind === "put") sink.put(read(object), atMs);
    else sink.remove(read(object), atMs);
    return textAt(fieldsAt(object, "metadata"), "resourceVersion") ?? "";
  }

  function read(object: Fields): Item {
    const item = options.read(object);
    if (item !== undefined) return item;
    throw new AppError("PEER_REFUSED", `the cluster's API says one of its ${what} in a form that we do not know`);
  }

  /** Says that all is well once the watch has begun. Throws where nothing is answered at all: a refusal is a sign of life. */
  async function lookAlive(until: AbortSignal): Promise<void> {
    await clock.sleep(begunMs, until);
    succeeded();
    while (source.askAlive !== undefined) {
      try {
        await source.askAlive(until);
        sink.heard(clock.wallMs());
      } catch (thrown) {
        if (until.aborted) return;
        if (!(thrown instanceof AppError) || thrown.context["status"] === undefined) throw thrown;
        logger.debug({ err: thrown, what }, "the cluster refuses a question");
      }
      await clock.sleep(askAliveMs, until);
    }
  }

  function succeeded(): void {
    if (problem !== undefined) logger.info({ what }, "objects of the cluster are heard of again");
    problem = undefined;
    sink.setProblem(undefined);
  }

  function failed(error: AppError): void {
    if (problem === undefined) logger.warn({ err: error, what }, "objects of the cluster are not heard of");
    problem = `the cluster's ${what} are not heard of: ${error.message}`;
    sink.setProblem(problem);
  }
}

/** After so many failures in a row; later where the API server says so, but not by much. */
export function retryDelayMs(error: AppError, failures: number, random: () => number): number {
  const { retryAfterMs } = error.context;
  const planned = backoffDelayMs(retry, failures, random);
  return typeof retryAfterMs === "number" ? Math.max(planned, Math.min(retryAfterMs, retry.maximumMs)) : planned;
}
