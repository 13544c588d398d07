/**
 * Asks each server again and again whether it answers, and those of which no agent speaks also what they have. Our own connections decide whether a server
 * is there: an agent that is silent takes nothing away, and one that speaks brings nothing back.
 */
import { AppError, type Clock, createDeadline, type Deadline, type Logger, runEvery } from "@nodekeeper/shared";
import type { OllamaClient } from "../clients/ollama/ollama-client.ts";
import type { OllamaWord } from "./facts-of-ollama.ts";
import { followReach, type ReachTrack, unasked } from "./reach.ts";

/** What is known by asking. */
export interface ServerChecks extends AsyncDisposable {
  /** From now on these are asked, and no others. */
  watch(servers: ReadonlyMap<string, CheckedServer>): void;
  reachOf(url: string): ReachTrack["reach"];
  /** What Ollama said itself last; undefined where it was not asked, or did not say. */
  wordOf(url: string): OllamaWord | undefined;
}

/** A server, by its URL. */
export interface CheckedServer {
  /** Whether Ollama is to be asked what it has: no agent tells it freshly. */
  readonly isAskedForModels: boolean;
}

/** What checking needs. */
export interface ServerCheckOptions {
  readonly client: OllamaClient;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  /** Something changed about these servers. */
  readonly onChanged: () => void;
}

/** Two failures in a row are known within 1 + 2 * 1.5 s of a cable being pulled. */
const everyMs = 1_000;
const answerMs = 1_500;
/** What is loaded changes with each request of somebody; while it loads one, /api/ps stalls for up to ten seconds. */
const modelsEveryMs = 5_000;
const modelsAnswerMs = 12_000;

/** Nothing is watched yet. */
export function createServerChecks(options: ServerCheckOptions): ServerChecks {
  const checks = new Map<string, ServerCheck>();
  return {
    watch(servers) {
      for (const [url, check] of checks) {
        if (servers.has(url)) continue;
        checks.delete(url);
        void check[Symbol.asyncDispose]();
      }
      for (const [url, server] of servers) {
        const check = checks.get(url) ?? startCheck(url, options);
        check.isAskedForModels = server.isAskedForModels;
        checks.set(url, check);
      }
    },
    reachOf: (url) => (checks.get(url)?.track ?? unasked).reach,
    wordOf: (url) => checks.get(url)?.word,
    async [Symbol.asyncDispose]() {
      await Promise.all([...checks.values()].map((check) => check[Symbol.asyncDispose]()));
    },
  };
}

interface ServerCheck extends AsyncDisposable {
  isAskedForModels: boolean;
  readonly track: ReachTrack;
  readonly word: OllamaWord | undefined;
}

function startCheck(url: string, { client, clock, random, logger, onChanged }: ServerCheckOptions): ServerCheck {
  const stopping = new AbortController();
  const loop = { clock, random, signal: stopping.signal, jitter: 0.1 };
  let track = unasked;
  let version = "";
  let word: OllamaWord | undefined;

  const check = { isAskedForModels: false };
  const within = (durationMs: number): Deadline => {
    const late = new AppError("PEER_UNREACHABLE", `no answer within ${durationMs / 1000} s`);
    return createDeadline(clock, durationMs, stopping.signal, late);
  };

  async function ask(): Promise<string | undefined> {
    using deadline = within(answerMs);
    try {
      version = await client.version(url, deadline.signal);
      return undefined;
    } catch (thrown) {
      stopping.signal.throwIfAborted();
      return AppError.from(thrown, "PEER_UNREACHABLE").message;
    }
  }

  const asking = runEvery({ ...loop, intervalMs: () => everyMs }, async () => {
    const problem = await ask();
    const before = track.reach;
    track = followReach(track, problem, clock.wallMs());
    if (before.kind === track.reach.kind) return;
    const problemNow = track.reach.kind === "up" ? undefined : track.reach.problem;
    logger.info({ url, was: before.kind, is: track.reach.kind, problem: problemNow }, "an Ollama server answers or does not");
    onChanged();
  });

  const looking = runEvery({ ...loop, intervalMs: () => modelsEveryMs, firstDelayMs: everyMs }, async () => {
    if (!check.isAskedForModels) {
      word = undefined;
      return;
    }
    using deadline = within(modelsAnswerMs);
    try {
      const { signal } = deadline;
      const asked = [client.tags(url, signal), client.loaded(url, signal)] as const;
      await Promise.allSettled(asked); // one that fails is no reason to leave the other behind without a deadline
      const [models, loaded] = await Promise.all(asked);
      word = { version, models, loaded, atMs: clock.wallMs() };
      onChanged();
    } catch (thrown) {
      stopping.signal.throwIfAborted();
      logger.debug({ url, err: AppError.from(thrown, "PEER_UNREACHABLE") }, "an Ollama server does not say what it has");
    }
  });

  return {
    get isAskedForModels() {
      return check.isAskedForModels;
    },
    set isAskedForModels(isAsked) {
      check.isAskedForModels = isAsked;
    },
    get track() {
      return track;
    },
    get word() {
      return word;
    },
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await Promise.all([asking, looking]);
    },
  };
}
