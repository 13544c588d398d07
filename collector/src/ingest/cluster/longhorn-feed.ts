/**
 * Brings Longhorn's objects into their holder, each kind by a feed of its own. Which kinds there are is asked every minute, which is also how it is found
 * that Longhorn was installed or is gone; what is missing is believed when it is missing a second time, since an API server that starts has not all
 * kinds at once.
 */
import { AppError, type Clock, type Logger } from "@nodekeeper/shared";
import type { KubernetesClient } from "../../clients/kubernetes/kubernetes-client.ts";
import { type LonghornKindName, longhornApi } from "../../clients/kubernetes/longhorn-kinds.ts";
import type { LonghornHolder } from "../../state/longhorn/create-longhorn-holder.ts";
import { type FollowedKind, followedKinds } from "./followed-kinds.ts";
import { type ObjectFeed, retryDelayMs } from "./object-feed.ts";

/** What it is fed from, and where to. */
export interface LonghornFeedOptions {
  readonly client: Pick<KubernetesClient, "listKinds" | "listObjects" | "watchObjects">;
  /** Where Longhorn is installed. */
  readonly namespace: string;
  readonly holder: LonghornHolder;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/** It goes on until it is disposed. */
export type LonghornFeed = ObjectFeed;

const lookMs = 60_000;
/** When something is missing for the first time. */
const lookAgainMs = 5_000;
const believedAfter = 2;

/** Begins at once. */
export function createLonghornFeed(options: LonghornFeedOptions): LonghornFeed {
  const { client, holder, clock, random, logger } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  const kinds = followedKinds({ ...options, onHeard: heard, onProblem: say });
  /** How often in a row a kind was not among those that there are. */
  const missing = new Map<LonghornKindName, number>();
  const feeds = new Map<FollowedKind, ObjectFeed>();
  let groupMissing = 0;
  let lookProblem: string | undefined;
  let heardAtMs = 0;
  const nothingThere = `Longhorn has nothing in the namespace ${options.namespace}: name the one where it is (--longhorn-namespace)`;
  const looking = lookOn();

  return {
    problems,
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await looking;
      await Promise.all([...feeds.values()].map((feed) => feed[Symbol.asyncDispose]()));
    },
  };

  async function lookOn(): Promise<void> {
    for (let failures = 0; !signal.aborted; ) {
      let delayMs: number;
      try {
        const isCertain = await take(await client.listKinds(longhornApi, signal));
        failures = 0;
        delayMs = isCertain ? lookMs * (0.9 + 0.2 * random()) : lookAgainMs;
      } catch (thrown) {
        if (signal.aborted) return;
        failures += 1;
        const error = AppError.from(thrown, "PEER_UNREACHABLE");
        if (lookProblem === undefined) logger.warn({ err: error }, "it cannot be told whether Longhorn is installed");
        lookProblem = `it cannot be told whether Longhorn is installed: ${error.message}`;
        delayMs = retryDelayMs(error, failures, random);
        say();
      }
      await clock.sleep(delayMs, signal).catch(() => undefined); // it is stopping: the loop ends
    }
  }

  /** Follows what there is, and lets go of what is believed to be gone. False where it is to be looked again soon. */
  async function take(found: ReadonlySet<string> | undefined): Promise<boolean> {
    if (lookProblem !== undefined) logger.info({}, "it can be told again whether Longhorn is installed");
    lookProblem = undefined;
    groupMissing = found === undefined ? groupMissing + 1 : 0;
    for (const kind of kinds) {
      const isThere = found !== undefined && (kind.isOfCluster || found.has(kind.name));
      missing.set(kind.name, isThere ? 0 : (missing.get(kind.name) ?? 0) + 1);
      if (isThere && !feeds.has(kind)) feeds.set(kind, kind.follow());
      if (isGone(kind)) await letGo(kind);
    }
    heard(clock.wallMs());
    return [...missing.values()].every((count) => count === 0 || count >= believedAfter);
  }

  async function letGo(kind: FollowedKind): Promise<void> {
    const feed = feeds.get(kind);
    feeds.delete(kind);
    await feed?.[Symbol.asyncDispose]();
    kind.forget();
  }

  function isGone({ name }: FollowedKind): boolean {
    return (missing.get(name) ?? 0) >= believedAfter;
  }

  function heard(atMs: number): void {
    heardAtMs = atMs;
    say();
  }

  function say(): void {
    const [problem] = problems();
    const isKnown = kinds.every((kind) => kind.isListed || (kind.isOptional && isGone(kind)));
    const before = holder.knowledge.kind;
    if (groupMissing >= believedAfter) holder.setKnowledge({ kind: "absent", heardAtMs });
    else if (isKnown) holder.setKnowledge({ kind: "known", heardAtMs, problem });
    else holder.setKnowledge({ kind: "unknown", problem });
    const { kind } = holder.knowledge;
    if (kind !== before) logger.info({ knowledge: kind, version: holder.version }, "what is known of Longhorn is another");
  }

  /** An installed one has a hundred settings. */
  function isEmpty(): boolean {
    return (
      groupMissing === 0 &&
      kinds.every((kind) => kind.isListed || isGone(kind)) &&
      holder.filled.settings.size + holder.filled.nodes.size === 0
    );
  }

  /** One is enough: what keeps one kind from being heard keeps most of them. */
  function problems(): readonly string[] {
    const [first, ...others] = [...feeds.values()].flatMap((feed) => feed.problems());
    const lacking = groupMissing > 0 ? [] : kinds.filter((kind) => !kind.isOptional && isGone(kind)).map(({ name }) => name);
    if (lookProblem !== undefined) return [lookProblem];
    if (lacking.length > 0) return [`the cluster has a part of Longhorn only: it lacks ${lacking.join(", ")}`];
    if (first === undefined) return isEmpty() ? [nothingThere] : [];
    return [others.length === 0 ? first : `${first} (and the same of ${others.length} more of its kinds)`];
  }
}
