/**
 * Holds a Lease, or stands by for it, as Kubernetes' own controllers do (client-go, tools/leaderelection): renewed every two seconds, given up by
 * whoever could not renew it for seven, taken by others when it has not changed for ten.
 */
import {
  AppError,
  type Clock,
  createDeadline,
  createListeners,
  createNotifier,
  type Fields,
  type Logger,
} from "@nodekeeper/shared";
import type { KubernetesClient } from "../../clients/kubernetes/kubernetes-client.ts";
import type { ObjectName } from "../../clients/kubernetes/text-object.ts";
import { type LeaseRecord, leaseRecord, microTime, withRecord } from "./lease-record.ts";
import { givenBackSeconds, type LeaseLook, type LeaseSight, leaseDurationMs, seeLease, seeRival } from "./lease-sight.ts";

/** What keeping it needs. */
export interface KeepLeaseOptions {
  readonly client: LeaseClient;
  readonly at: ObjectName;
  /** Another for each process. */
  readonly self: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/** What it asks of the cluster. */
export type LeaseClient = Pick<KubernetesClient, "readLease" | "createLease" | "replaceLease">;

/** How one stands to the Lease. */
export type Standing =
  /** The signal ends with the term. */
  | { readonly kind: "holding"; readonly signal: AbortSignal }
  | { readonly kind: "standby"; readonly text: string }
  | { readonly kind: "unknown"; readonly text: string };

/** It is kept, or waited for, until it is disposed; then it is given back. */
export interface LeaseKeeper extends AsyncDisposable {
  /** Now, by the clocks: a timer may be late. */
  standing(): Standing;
  /** Undefined: nobody, or not known. */
  readonly holder: string | undefined;
  /** Why the Lease cannot be read or written; undefined: it can. */
  readonly problem: string | undefined;
  onChanged(listener: () => void): Disposable;
}

/** Whoever could not renew for so long writes no more: three seconds before others may begin. */
export const renewDeadlineMs = 7_000;

const retryMs = 2_000;
/** A request that is not answered for so long is tried again while there is time. */
const requestLimitMs = 3_000;
const giveBackLimitMs = 2_000;
/** At least so long between two rounds. */
const minimumRestMs = 200;

/** A time in which it is ours. */
interface Term {
  readonly ending: AbortController;
  /** On the monotonic clock, and on the wall's: a machine that slept has lost its term, although its monotonic clock stood still. */
  untilMs: number;
  untilWallMs: number;
}

/** Begins to keep it. */
export function keepLease({ client, at, self, clock, random, logger }: KeepLeaseOptions): LeaseKeeper {
  const place = `Lease ${at.namespace}/${at.name}`;
  const stopping = new AbortController();
  const listeners = createListeners<undefined>();
  const wakeUp = createNotifier(clock);
  let lease: Fields | undefined;
  let sight: LeaseSight | undefined;
  let term: Term | undefined;
  let problem: string | undefined;
  let didTry = false;
  const keeping = keepOn();

  return {
    standing() {
      if (term !== undefined && (clock.monotonicMs() >= term.untilMs || clock.wallMs() > term.untilWallMs)) {
        endTerm("its time is up");
        wakeUp.notify();
      }
      if (term !== undefined) return { kind: "holding", signal: term.ending.signal };
      if (problem !== undefined) return { kind: "unknown", text: problem };
      if (sight === undefined) return { kind: "unknown", text: `the ${place} was not read yet` };
      const holder = holderNow();
      return {
        kind: "standby",
        text: holder === undefined ? `the ${place} is free soon` : `another collector writes: ${holder}`,
      };
    },
    get holder() {
      return holderNow();
    },
    get problem() {
      return problem;
    },
    onChanged: (listener) => listeners.add(listener),
    async [Symbol.asyncDispose]() {
      stopping.abort();
      endTerm("the collector stops");
      await keeping;
      if (didTry) await giveBack();
    },
  };

  function holderNow(): string | undefined {
    if (term !== undefined) return self;
    return sight !== undefined && clock.monotonicMs() < sight.othersUntilMs ? sight.record?.holder : undefined;
  }

  async function keepOn(): Promise<void> {
    while (!stopping.signal.aborted) {
      const startedAtMs = clock.monotonicMs();
      await round();
      const restMs = Math.max(minimumRestMs, nextMs(startedAtMs) - clock.monotonicMs());
      await wakeUp.wait(restMs, stopping.signal).catch(() => undefined); // it is stopping: the loop ends
    }
  }

  function nextMs(startedAtMs: number): number {
    const usualMs = startedAtMs + retryMs * (0.8 + 0.4 * random());
    const othersUntilMs = term === undefined ? (sight?.othersUntilMs ?? 0) : 0;
    return othersUntilMs > startedAtMs ? Math.min(usualMs, othersUntilMs + minimumRestMs * random()) : usualMs;
  }

  async function round(): Promise<void> {
    const before = problem;
    const holder = sight?.record?.holder;
    try {
      await renewOrTake();
      problem = undefined;
    } catch (err) {
      if (stopping.signal.aborted) return;
      problem = `the ${place}: ${AppError.from(err, "PEER_UNREACHABLE").message}`;
      if (before === undefined) logger.warn({ err, place }, "the Lease cannot be kept");
    }
    if (problem !== before || sight?.record?.holder !== holder) listeners.tell(undefined);
  }

  async function renewOrTake(): Promise<void> {
    if (lease !== undefined && leaseRecord(lease).holder === self && (await write(lease))) return;
    const found = await limited((signal) => client.readLease(at, signal));
    const record = found === undefined ? undefined : leaseRecord(found);
    const seen = seeLease(sight, record, lookNow());
    sight = seen;
    if (record !== undefined && record.holder !== self) endTerm(`it is of ${record.holder ?? "nobody"}`);
    if (clock.monotonicMs() >= seen.othersUntilMs) await write(found);
  }

  /** False: another writer was first. */
  async function write(base: Fields | undefined): Promise<boolean> {
    const startedAtMs = clock.monotonicMs();
    const startedWallMs = clock.wallMs();
    const wanted = withRecord(base ?? {}, ownRecord(base === undefined ? undefined : leaseRecord(base)));
    didTry = true;
    try {
      lease = await limited((signal) =>
        base === undefined ? client.createLease(at, wanted, signal) : client.replaceLease(at, wanted, signal),
      );
    } catch (thrown) {
      lease = undefined;
      const { code } = AppError.from(thrown);
      if (code === "CONFLICT") sight = seeRival(sight, lookNow());
      if (code === "CONFLICT" || (code === "NOT_FOUND" && base !== undefined)) return false;
      if (base !== undefined) throw thrown;
      const { message } = AppError.from(thrown);
      throw new AppError(
        "PEER_REFUSED",
        `it is not there, and cannot be made: ${message}; apply the manifests of the collector`,
        { cause: thrown },
      );
    }
    sight = seeLease(sight, leaseRecord(lease), lookNow());
    extendTerm(startedAtMs, startedWallMs);
    return true;
  }

  function lookNow(): LeaseLook {
    const nowMs = clock.monotonicMs();
    return { self, isHolding: term !== undefined && nowMs < term.untilMs, nowMs };
  }

  function ownRecord(before: LeaseRecord | undefined): Omit<LeaseRecord, "uid"> {
    const now = microTime(clock.wallMs());
    const isSame = before?.holder === self;
    return {
      holder: self,
      durationSeconds: leaseDurationMs / 1_000,
      acquireTime: isSame ? (before.acquireTime ?? now) : now,
      renewTime: now,
      transitions: before === undefined ? 0 : before.transitions + (isSame ? 0 : 1),
    };
  }

  /** From when the request was sent: when it was written is not known better. */
  function extendTerm(fromMs: number, fromWallMs: number): void {
    const until = { untilMs: fromMs + renewDeadlineMs, untilWallMs: fromWallMs + renewDeadlineMs };
    if (term !== undefined) {
      Object.assign(term, until);
      return;
    }
    if (stopping.signal.aborted) return;
    term = { ending: new AbortController(), ...until };
    logger.info({ place, self }, "this collector writes from now on");
    void endInTime(term);
    listeners.tell(undefined);
  }

  async function endInTime(own: Term): Promise<void> {
    while (term === own) {
      const leftMs = own.untilMs - clock.monotonicMs();
      if (leftMs <= 0) return endTerm("it could not be renewed");
      await clock.sleep(leftMs, own.ending.signal).catch(() => undefined); // the term ended
    }
  }

  function endTerm(why: string): void {
    if (term === undefined) return;
    const { ending } = term;
    term = undefined;
    ending.abort(new AppError("ABORTED", `this collector may not write any more: the ${place}: ${why}`));
    if (!stopping.signal.aborted) logger.warn({ place, why }, "this collector writes no more");
    listeners.tell(undefined);
  }

  async function giveBack(): Promise<void> {
    const never = new AbortController().signal;
    using deadline = createDeadline(clock, giveBackLimitMs, never, unanswered(giveBackLimitMs));
    try {
      const found = await client.readLease(at, deadline.signal);
      if (found === undefined || leaseRecord(found).holder !== self) return;
      const record = { ...leaseRecord(found), holder: undefined, durationSeconds: givenBackSeconds };
      await client.replaceLease(at, withRecord(found, record), deadline.signal);
    } catch (err) {
      logger.warn({ err, place }, "the Lease could not be given back, another collector waits until its time is up");
    }
  }

  async function limited<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    using deadline = createDeadline(clock, requestLimitMs, stopping.signal, unanswered(requestLimitMs));
    return await work(deadline.signal);
  }
}

function unanswered(limitMs: number): AppError {
  return new AppError("PEER_UNREACHABLE", `the cluster's API did not answer within ${limitMs / 1_000} s`);
}
