/** Asks every five minutes what a wildcard name of the policy points at, by a random name below it, which no cache has. */
import { AppError, type Clock, type Logger, runEvery } from "@nodekeeper/shared";
import type { WildcardAnswer, WildcardRecord } from "./cluster-rule.ts";

/** What the watch needs. */
export interface WildcardWatchOptions {
  /** As the policy has it now, e.g. *.home.example; undefined: nothing is asked. */
  readonly name: () => string | undefined;
  readonly resolver: NameResolver;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/** Resolves names. */
export interface NameResolver {
  /** IPv4 and IPv6; empty where a server says that there are none. Throws where nobody can tell. */
  addressesOf(name: string, signal: AbortSignal): Promise<readonly string[]>;
}

/** What is known of the name. Disposing it ends the watch. */
export interface WildcardWatch extends AsyncDisposable {
  /** Undefined: the policy names none. */
  readonly current: WildcardRecord | undefined;
}

/** A policy that changed is noticed within this. */
const tickMs = 15_000;
const askedEveryMs = 5 * 60_000;
/** Where no server could tell. */
const askedAgainMs = 60_000;

/** Starts asking. */
export function watchWildcard({ name, resolver, clock, random, logger }: WildcardWatchOptions): WildcardWatch {
  const stopping = new AbortController();
  const { signal } = stopping;
  let asked: { readonly name: string; readonly answer: WildcardAnswer; readonly atMs: number } | undefined;
  const ticking = runEvery({ clock, random, signal, intervalMs: () => tickMs }, async () => {
    const wanted = name();
    if (wanted === undefined || !isDue(wanted)) return;
    const answer = await ask(wanted);
    if (!signal.aborted) asked = { name: wanted, answer, atMs: clock.monotonicMs() };
  });

  function isDue(wanted: string): boolean {
    if (asked === undefined || asked.name !== wanted) return true;
    return clock.monotonicMs() - asked.atMs >= (asked.answer.kind === "unknown" ? askedAgainMs : askedEveryMs);
  }

  async function ask(wanted: string): Promise<WildcardAnswer> {
    const below = `nodekeeper-${Math.floor(random() * 2 ** 32).toString(36)}`;
    try {
      const addresses = await resolver.addressesOf(wanted.replace(/^\*/, below), signal);
      return { kind: "addresses", addresses, askedAtMs: clock.wallMs() };
    } catch (thrown) {
      const err = AppError.from(thrown, "PEER_UNREACHABLE");
      if (!signal.aborted) logger.warn({ err, name: wanted }, "a wildcard name could not be resolved");
      return { kind: "unknown", reason: err.message };
    }
  }

  return {
    get current() {
      const wanted = name();
      if (wanted === undefined) return undefined;
      const answer = asked?.name === wanted ? asked.answer : ({ kind: "unknown", reason: "it was not asked yet" } as const);
      return { name: wanted, answer };
    },
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await ticking;
    },
  };
}
