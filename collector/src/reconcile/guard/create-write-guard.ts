/** Joins both conditions of every write: the Lease is ours, and nobody paused us. What is not known is a no. */
import { AppError, type Clock, createListeners, createNotifier, type Logger } from "@nodekeeper/shared";
import type { KubernetesClient } from "../../clients/kubernetes/kubernetes-client.ts";
import type { ObjectName } from "../../clients/kubernetes/text-object.ts";
import type { MayWrite, WriteGuard } from "../may-write.ts";
import { keepLease, type LeaseClient } from "./keep-lease.ts";
import { watchPause } from "./watch-pause.ts";

/** What the guard needs. */
export interface WriteGuardOptions {
  readonly client: LeaseClient & Pick<KubernetesClient, "readNamespace">;
  readonly lease: ObjectName;
  /** Of this process: its machine's name and something random. */
  readonly self: string;
  /** Of the policy that is in force. */
  readonly domain: () => string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/** An answer may be this old when something is written by it. */
const maximumAgeMs = 500;
/** Whoever was told no because of a pause hears of its end about so soon. */
const waitingLookMs = 1_000;
/** Where nobody waits: what is shown should still be true. */
const idleLookMs = 60_000;

/** A time without a break in which it is allowed. */
interface Permit {
  readonly term: AbortSignal;
  readonly ending: AbortController;
}

/** Begins to strive for the Lease. Disposed, it gives it back. */
export function createWriteGuard({ client, lease, self, domain, clock, random, logger }: WriteGuardOptions): WriteGuard {
  const stopping = new AbortController();
  const { signal: stopped } = stopping;
  const listeners = createListeners<undefined>();
  const wakeUp = createNotifier(clock);
  const pause = watchPause({ client, namespace: lease.namespace, domain, clock, signal: stopped });
  const keeper = keepLease({ client, at: lease, self, clock, random, logger });
  let permit: Permit | undefined;
  let isWaitedFor = false;
  let told = judge();
  const following = keeper.onChanged(() => {
    tellChanges();
    wakeUp.notify();
  });
  const looking = lookOn();

  return {
    async ask(signal) {
      if (keeper.standing().kind === "holding") await pause.read(maximumAgeMs);
      signal.throwIfAborted();
      const answer = tellChanges();
      const wasWaitedFor = isWaitedFor;
      isWaitedFor = answer.kind === "no";
      if (isWaitedFor && !wasWaitedFor) wakeUp.notify();
      return answer;
    },
    get last() {
      return judge();
    },
    get holder() {
      return keeper.holder;
    },
    problems() {
      const isUnread = keeper.standing().kind === "holding" && pause.last.kind === "failed";
      return [keeper.problem, isUnread ? pause.last.text : undefined].filter((text) => text !== undefined);
    },
    onChanged: (listener) => listeners.add(() => listener()),
    async [Symbol.asyncDispose]() {
      stopping.abort();
      following[Symbol.dispose]();
      endPermit("the collector stops");
      await looking;
      await keeper[Symbol.asyncDispose]();
    },
  };

  async function lookOn(): Promise<void> {
    while (!stopped.aborted) {
      if (keeper.standing().kind === "holding") {
        await pause.read(maximumAgeMs);
        if (tellChanges().kind === "yes") isWaitedFor = false; // whoever waited was told
      }
      await wakeUp.wait(isWaitedFor ? waitingLookMs : idleLookMs, stopped).catch(() => undefined); // it is stopping: the loop ends
    }
  }

  function judge(): MayWrite {
    const standing = keeper.standing();
    if (standing.kind !== "holding" || stopped.aborted) {
      endPermit("the Lease is not ours");
      if (standing.kind === "holding") return { kind: "no", because: "unknown", text: "the collector stops" };
      return { kind: "no", because: standing.kind, text: standing.text };
    }
    const { last } = pause;
    if (last.kind !== "clear") {
      endPermit(last.text);
      return { kind: "no", because: last.kind === "paused" ? "paused" : "unknown", text: last.text };
    }
    if (permit?.term !== standing.signal) {
      const { signal: term } = standing;
      const ending = new AbortController();
      permit = { term, ending };
      term.addEventListener("abort", () => ending.abort(term.reason), { once: true, signal: ending.signal });
    }
    return { kind: "yes", signal: permit.ending.signal };
  }

  function endPermit(why: string): void {
    permit?.ending.abort(new AppError("ABORTED", `nothing may be written any more: ${why}`));
    permit = undefined;
  }

  function tellChanges(): MayWrite {
    const now = judge();
    const before = told;
    told = now;
    if (!isSame(before, now)) listeners.tell(undefined);
    return now;
  }
}

function isSame(one: MayWrite, other: MayWrite): boolean {
  if (one.kind === "yes") return other.kind === "yes" && one.signal === other.signal;
  return other.kind === "no" && one.because === other.because && one.text === other.text;
}
