/**
 * One write on one object: asked whether it may be, made of what is there at this moment, put into the audit before and after. It can be cut off
 * anywhere: what is outside is read anew each time, and a record that only began says that it may have happened.
 */
import { AppError, type Clock, type ErrorCode, type Logger } from "@nodekeeper/shared";
import type { ReconcileMetrics } from "../../metrics.ts";
import type { Store } from "../../store/store.ts";
import type { MayWrite, WriteGuard } from "../may-write.ts";
import type { Operation, Seen } from "../reconciler.ts";
import type { Assessment } from "./assess.ts";
import { type AuditedWrite, auditRecordOf, classOf } from "./audit-records.ts";
import type { Brake, Reservation } from "./brake.ts";
import { afterWrite } from "./fights.ts";
import { grantOf } from "./grants.ts";
import type { ObjectRecord } from "./object-memory.ts";
import { retryAfter } from "./retries.ts";

/** What writing needs. */
export interface WriterOptions {
  readonly guard: Pick<WriteGuard, "ask">;
  readonly store: Pick<Store, "appendAudit">;
  readonly brake: Brake;
  readonly metrics: ReconcileMetrics;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  /** Looker.live */
  readonly assess: (record: ObjectRecord, live: Seen | undefined, mayWrite: MayWrite) => Assessment | undefined;
  /** Lets something run that nobody waits for. */
  readonly run: (work: Promise<void>) => void;
  /** What the guard said. */
  readonly onAnswer: (answer: MayWrite) => void;
}

/** Writes objects. */
export interface Writer {
  /**
   * Does what nothing waits for, as was just assessed; the brake counts it from the call on. Never rejects: what failed is remembered in the record.
   * `signal` ends it up to the write itself.
   */
  write(record: ObjectRecord, planned: Assessment, signal: AbortSignal): Promise<void>;
  /** Takes back what is ours; resolves with how many steps were taken. Throws CONFLICT where it may not. */
  prune(record: ObjectRecord, choose: PruneChoice, signal: AbortSignal): Promise<number>;
}

type PruneChoice = (operation: Operation) => Operation | undefined;

/** What one attempt has come to. */
interface Attempt {
  /** What was to be done, by what was known and by what is (signatureOf). */
  readonly wishes: string[];
  readonly isPrune: boolean;
  /** It takes something away. */
  isRestricting: boolean;
  reservation: Reservation | undefined;
  /** It is done, or may have been. */
  isSent: boolean;
}

const noAttempt: Attempt = { wishes: [], isPrune: false, isRestricting: false, reservation: undefined, isSent: false };
/** Answers that say that nothing was written; a conflict may come after a first part. */
const refusals: ReadonlySet<ErrorCode> = new Set(["NOT_FOUND", "PEER_REFUSED"]);
/** How often a prune looks again where somebody else writes the same object. */
const pruneAttempts = 5;

/** A writer. */
export function createWriter(options: WriterOptions): Writer {
  const { guard, store, brake, metrics, clock, random, logger } = options;

  async function ask(signal: AbortSignal): Promise<MayWrite> {
    const answer = await guard.ask(signal);
    options.onAnswer(answer);
    return answer;
  }

  async function writeNow(record: ObjectRecord, signal: AbortSignal, attempt: Attempt): Promise<void> {
    const { reconciler, key } = record;
    const allowed = await ask(signal);
    if (allowed.kind === "no") return;
    const live = await reconciler.observe(key, allowed.signal);
    const assessment = options.assess(record, live, allowed);
    if (live === undefined || assessment === undefined || signal.aborted) return;
    const { ready, signature } = assessment;
    attempt.wishes.push(signature);
    if (ready.length === 0) return;
    attempt.isRestricting = classOf(ready) !== "describe";
    if (attempt.isRestricting) attempt.reservation ??= brake.reserve(key);
    await applyAudited(record, ready, live, allowed.signal, attempt);
    succeeded(record, ready, live);
  }

  /** The write with its two records. Without the first there is none: what nobody could ask about later is not done. */
  async function applyAudited(
    { reconciler, key }: ObjectRecord,
    operations: readonly Operation[],
    live: Seen,
    signal: AbortSignal,
    attempt: Attempt,
  ): Promise<void> {
    const written: AuditedWrite = { reconciler: reconciler.name, key, operations, isPrune: attempt.isPrune };
    await store.appendAudit([auditRecordOf(written, "begun", clock.wallMs())]);
    try {
      // Reading the object and the audit's disk may have taken long, and somebody may have paused us meanwhile.
      const still = await ask(signal);
      if (still.kind === "no") throw new AppError("ABORTED", `nothing may be written any more: ${still.text}`);
      attempt.isSent = true;
      await reconciler.apply(key, operations, live, signal);
    } catch (thrown) {
      const error = AppError.from(thrown);
      if (refusals.has(error.code)) attempt.isSent = false;
      count(written, error.code === "CONFLICT" ? "conflict" : "failed");
      await appendEnd(auditRecordOf(written, "failed", clock.wallMs(), error.message));
      throw error;
    }
    count(written, "done");
    logger.info(factsOf(written), "an object of the cluster was written");
    await appendEnd(auditRecordOf(written, "done", clock.wallMs()));
    const telling = reconciler.tell?.(key, operations, live, signal).catch((err: unknown) => {
      logger.warn({ err, reconciler: reconciler.name, node: key }, "what was written could not be told");
    });
    if (telling !== undefined) options.run(telling);
  }

  /** It happened, or did not, whether or not this can be kept. */
  async function appendEnd(record: ReturnType<typeof auditRecordOf>): Promise<void> {
    await store.appendAudit([record]).catch((err: unknown) => {
      logger.error({ err, action: record.action, outcome: record.outcome }, "how a write ended could not be put into the audit");
    });
  }

  function count({ reconciler, operations }: AuditedWrite, result: "done" | "failed" | "conflict"): void {
    for (const { kind } of operations) metrics.written(reconciler, kind, result);
  }

  function succeeded(record: ObjectRecord, done: readonly Operation[], live: Seen): void {
    const nowMs = clock.monotonicMs();
    record.retry = undefined;
    record.writeCount += 1;
    const used = new Set(done.map(grantOf));
    if (record.grants.size > 0) record.grants = new Set([...record.grants].filter((grant) => !used.has(grant)));
    const fights = new Map(record.fights);
    for (const { item, kind, after } of done) {
      if (kind !== "set" && kind !== "repair") continue;
      fights.set(item, afterWrite(fights.get(item), { uid: live.uid, value: after, manager: rivalOf(live, item) }, nowMs));
    }
    record.fights = fights;
  }

  function failed(record: ObjectRecord, error: AppError, wishes: readonly string[]): void {
    record.isStale = true;
    if (error.code === "ABORTED") return; // it was not to go on; what it waits for is seen at the next look
    record.retry = retryAfter(record.retry, error, wishes, clock.monotonicMs(), random);
    const facts = { err: error, reconciler: record.reconciler.name, node: record.key, attempt: record.retry.count };
    if (record.retry.kind === "conflict") logger.debug(facts, "an object of the cluster changed while it was written");
    else logger.warn(facts, "an object of the cluster could not be written");
  }

  async function pruneNow(record: ObjectRecord, choose: PruneChoice, signal: AbortSignal): Promise<number> {
    const { reconciler, key } = record;
    for (let attempt = 1; ; attempt++) {
      const allowed = await ask(signal);
      if (allowed.kind === "no") throw new AppError("CONFLICT", `nothing may be written now: ${allowed.text}`);
      const live = await reconciler.observe(key, allowed.signal);
      signal.throwIfAborted();
      if (live?.isPaused === true) throw new AppError("CONFLICT", `an annotation on ${key} pauses us there`);
      const operations = live === undefined ? [] : reconciler.planPrune(live).flatMap((operation) => choose(operation) ?? []);
      if (live === undefined || operations.length === 0) return 0;
      try {
        await applyAudited(record, operations, live, allowed.signal, { ...noAttempt, isPrune: true });
        record.writeCount += 1;
        return operations.length;
      } catch (thrown) {
        const error = AppError.from(thrown);
        if (error.code !== "CONFLICT" || attempt === pruneAttempts) throw error;
      }
    }
  }

  return {
    write(record, planned, signal) {
      const attempt: Attempt = { ...noAttempt, wishes: [planned.signature] };
      if (classOf(planned.ready) !== "describe") attempt.reservation = brake.reserve(record.key);
      return record.lock(async () => {
        try {
          await writeNow(record, signal, attempt);
        } catch (thrown) {
          failed(record, AppError.from(thrown), attempt.wishes);
        } finally {
          if (attempt.isSent && attempt.isRestricting) attempt.reservation?.confirm();
          else attempt.reservation?.release();
        }
      });
    },
    prune: (record, choose, signal) => record.lock(() => pruneNow(record, choose, signal)),
  };
}

/** Whoever else wrote the item last. */
function rivalOf(live: Seen, item: string): string {
  const others = [...(live.items.get(item)?.others ?? [])].sort((a, b) => (b.atMs ?? 0) - (a.atMs ?? 0));
  return others[0]?.manager ?? "somebody";
}

function factsOf({ reconciler, key, operations }: AuditedWrite): Readonly<Record<string, unknown>> {
  const steps = operations.map(({ kind, item, after }) => `${kind} ${item}${after === undefined ? "" : `=${after}`}`);
  return { reconciler, node: key, class: classOf(operations), steps };
}
