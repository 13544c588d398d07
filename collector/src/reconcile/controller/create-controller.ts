/**
 * The controller: looks at objects as something happens to them, and writes what may be written. What happens to one node costs the same however many
 * there are; work is done in slices, so that the event loop is never held for long.
 */
import { type Clock, type Logger, runEvery } from "@nodekeeper/shared";
import type { ReconcileMetrics } from "../../metrics.ts";
import type { Store } from "../../store/store.ts";
import type { MayWrite, WriteGuard } from "../may-write.ts";
import type { Change, Reconciler } from "../reconciler.ts";
import type { World } from "../world.ts";
import { createBrake } from "./brake.ts";
import type { BrakeState, Controller } from "./controller.ts";
import { countsOf } from "./counts.ts";
import { grantOf } from "./grants.ts";
import { createLanes, type Lane } from "./lanes.ts";
import { type ControllerLimits, defaultLimits } from "./limits.ts";
import { createLooker } from "./looker.ts";
import type { ObjectRecord } from "./object-memory.ts";
import { createObjects } from "./objects.ts";
import { problemsOf } from "./problems.ts";
import { recallRestricted } from "./recall-restricted.ts";
import { createSlots } from "./slots.ts";
import { createTokenBucket } from "./token-bucket.ts";
import { type ChangeSources, watchChanges } from "./watch-changes.ts";
import { createWriter } from "./write-object.ts";
import { createWriteQueue } from "./write-queue.ts";

/** What the controller needs. */
export interface ControllerOptions {
  readonly reconcilers: readonly Reconciler[];
  /** The world at this moment. It is asked often: it makes nothing. */
  readonly world: () => World;
  readonly changes: ChangeSources;
  readonly guard: Pick<WriteGuard, "ask" | "last" | "onChanged">;
  readonly store: Pick<Store, "appendAudit" | "listAudit">;
  readonly metrics: ReconcileMetrics;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly limits?: Partial<ControllerLimits>;
}

/** Starts. Disposing it lets writes under way end. */
export function createController(options: ControllerOptions): Controller {
  const { world, guard, clock, random, logger } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const objects = createObjects(options.reconcilers, () => clock.monotonicMs() + random() * limits.resyncMs);
  const toLookAt = createLanes<ObjectRecord>();
  const toWrite = createWriteQueue(limits.parallelWritesOfOne);
  const brake = createBrake(clock);
  const bucket = createTokenBucket(clock, { perSecond: limits.writesPerSecond, burst: limits.writeBurst });
  const slots = createSlots(limits.parallelWrites, schedule);
  const stopping = new AbortController();
  const running = new Set<Promise<void>>();
  let permission = guard.last;
  let { isKnown, isHeard } = hearingOf(world());
  let isScheduled = false;
  let isWaitingForToken = false;

  const looker = createLooker({ ...options, brake, permission: () => permission, resyncMs: limits.resyncMs });
  const writer = createWriter({ ...options, brake, assess: looker.live, run, onAnswer });
  const watch = watchChanges(options.changes, world, onChange);
  const guarding = guard.onChanged(() => onAnswer(guard.last));
  const recalling = recallRestricted({ ...options, brake, signal: stopping.signal, onRead: () => lookAtWaiting() });
  const every = (intervalMs: number, work: () => void): Promise<void> =>
    runEvery({ clock, random, signal: stopping.signal, intervalMs: () => intervalMs, jitter: 0 }, async () => harmless(work));
  const ticking = every(limits.tickMs, tick);
  const listing = every(limits.resyncMs, () => objects.list(world(), () => undefined));
  harmless(lookAtAll);

  function onChange(change: Change, now: World, lane: Lane): void {
    harmless(() => {
      if (change.kind === "policy" || change.kind === "decisions") lookAtAll();
      else objects.affected(change, now, (record) => look(record, lane));
    });
  }

  /** A reconciler's bug must end neither the loops nor the turn in which somebody else is told of the same change. */
  function harmless(work: () => void): void {
    try {
      work();
    } catch (err) {
      logger.error({ err }, "reconciliation failed");
    }
  }

  function onAnswer(answer: MayWrite): void {
    const before = permission;
    permission = answer;
    if (reasonOf(answer) !== reasonOf(before)) lookAtWaiting();
  }

  function look(record: ObjectRecord, lane: Lane): void {
    toLookAt.add(record, lane);
    schedule();
  }

  function lookAtAll(): void {
    objects.list(world(), (record) => look(record, "later"));
  }

  function lookAtWaiting(): void {
    for (const record of objects.all()) if (record.waitingFor.size > 0) look(record, "later");
  }

  /** What changes by time alone. */
  function tick(): void {
    watch.tick();
    const now = world();
    const before = { isKnown, isHeard };
    ({ isKnown, isHeard } = hearingOf(now));
    if (isKnown !== before.isKnown) lookAtAll();
    else if (isHeard !== before.isHeard) lookAtWaiting();
    lookAtDue(now);
    if (permission.kind === "no") askAgain();
    schedule();
  }

  /** A whole fleet may wait for the brake: as many are looked at as it lets go, and at once, since what it counted may have been refused meanwhile. */
  function lookAtDue(now: World): void {
    const nowMs = clock.monotonicMs();
    let free: number | undefined;
    for (const record of objects.all()) {
      const isBraked = record.waitingFor.size === 1 && record.waitingFor.has("brake");
      if (!isBraked && record.dueAtMs > nowMs) continue;
      if (isBraked) {
        free ??= freeNodes(brake.state(now.cluster.nodes().length));
        if (free === 0) continue;
        free -= 1;
      }
      look(record, "later");
    }
  }

  /** Nobody else may ask it while everything waits. */
  function askAgain(): void {
    onAnswer(guard.last);
    if (permission.kind === "yes" || permission.because === "standby" || running.size > 0) return;
    for (const record of objects.all()) {
      if (record.waitingFor.size === 0) continue;
      run(guard.ask(stopping.signal).then(onAnswer));
      return;
    }
  }

  function schedule(): void {
    if (isScheduled || stopping.signal.aborted) return;
    isScheduled = true;
    setImmediate(work);
  }

  function work(): void {
    isScheduled = false;
    const endMs = clock.monotonicMs() + limits.sliceMs;
    const now = world();
    while (!stopping.signal.aborted && (startWrite(now) || lookAtNext(now))) {
      if (clock.monotonicMs() < endMs) continue;
      schedule();
      return;
    }
  }

  function lookAtNext(now: World): boolean {
    const next = toLookAt.take();
    if (next === undefined) return false;
    const { item: record, lane } = next;
    const assessment = looker.cached(record, now);
    if (assessment !== undefined && assessment.ready.length > 0) {
      if (record.isWriting) record.isStale = true;
      else toWrite.add(record, lane);
    }
    return true;
  }

  /** Whether something was done: what was to be written may wait again by now. */
  function startWrite(now: World): boolean {
    if (!toWrite.hasNext) return false;
    const restMs = bucket.nextInMs();
    if (restMs > 0) {
      waitForToken(restMs);
      return false;
    }
    if (!slots.tryTake()) return false;
    const record = toWrite.begin();
    const assessment = record === undefined || record.isWriting ? undefined : looker.cached(record, now);
    if (record === undefined || assessment === undefined || assessment.ready.length === 0) {
      if (record !== undefined) toWrite.end(record);
      slots.giveBack();
      return true;
    }
    bucket.take();
    record.isWriting = true;
    run(writer.write(record, assessment, stopping.signal).finally(() => written(record)));
    return true;
  }

  function written(record: ObjectRecord): void {
    record.isWriting = false;
    toWrite.end(record);
    slots.giveBack();
    // What did not succeed shows now what it waits for; what did is looked at when the cluster says what became of it.
    if (record.isStale || permission.kind === "no") look(record, "soon");
    record.isStale = false;
  }

  function waitForToken(durationMs: number): void {
    if (isWaitingForToken) return;
    isWaitingForToken = true;
    run(
      clock.sleep(durationMs, stopping.signal).then(() => {
        isWaitingForToken = false;
        schedule();
      }),
    );
  }

  function run(work: Promise<void>): void {
    const ended = work
      .catch((err: unknown) => {
        if (!stopping.signal.aborted) logger.error({ err }, "reconciliation failed");
      })
      .finally(() => running.delete(ended));
    running.add(ended);
  }

  return {
    picture(name, key) {
      const now = world();
      const record = objects.find(name, key, now);
      return record && looker.picture(record, now);
    },
    *pictures() {
      const now = world();
      for (const record of objects.listed(now)) yield looker.picture(record, now);
    },
    grant(operations) {
      const now = world();
      for (const { reconciler, node, ...operation } of operations) {
        const record = objects.find(reconciler, node, now);
        if (record === undefined) continue;
        record.grants = new Set([...record.grants, grantOf(operation)]);
        look(record, "soon");
      }
    },
    wake: () => harmless(lookAtAll),
    async prune(name, key, choose, signal) {
      const record = objects.find(name, key, world());
      if (record === undefined) return 0;
      await slots.take(signal);
      try {
        while (!bucket.take()) await clock.sleep(bucket.nextInMs(), signal);
        return await writer.prune(record, choose, signal);
      } finally {
        slots.giveBack();
      }
    },
    brake: () => brake.state(world().cluster.nodes().length),
    counts: () => countsOf(options.reconcilers, objects.all(), [...toLookAt, ...toWrite]),
    problems: () => [...problemsOf(objects.all(), clock.monotonicMs()), ...recalling.problems()],
    async [Symbol.asyncDispose]() {
      stopping.abort();
      watch[Symbol.dispose]();
      guarding[Symbol.dispose]();
      await Promise.all([ticking, listing, recalling.ended, ...running]);
    },
  };
}

/** Whether the cluster's Nodes were listed, and are followed still. */
function hearingOf({ cluster: { knowledge } }: World): { readonly isKnown: boolean; readonly isHeard: boolean } {
  return { isKnown: knowledge.kind === "known", isHeard: knowledge.problem === undefined };
}

function freeNodes({ allowedNodes, restrictedNodes }: BrakeState): number {
  return Math.max(0, allowedNodes - restrictedNodes);
}

function reasonOf(answer: MayWrite): string {
  return answer.kind === "yes" ? "" : answer.because;
}
