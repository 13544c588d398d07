/** Writes down that decisions ended by themselves: first that it is so, then that they are not there any more, again and again until the store takes it. */
import { AppError, type Backoff, backoffDelayMs, type Clock, type Logger } from "@nodekeeper/shared";
import type { DecisionKind, Finding } from "@nodekeeper/shared/api";
import { isoTime } from "../state/iso-time.ts";
import type { NewAuditRecord, Store } from "../store/store.ts";
import type { KeptDecision } from "./kept-decision.ts";
import { scopeText } from "./make-decision.ts";

/** One that ended. */
export interface Ending {
  readonly kept: KeptDecision;
  /** In a sentence. */
  readonly why: string;
  /** The finding that is over, where that is why. */
  readonly resolved: Finding | undefined;
}

/** Writes in the background. Disposing it tries once more; what the store does not take then ends again at the next start. */
export interface Endings extends AsyncDisposable {
  add(ending: Ending): void;
}

/** What it needs. */
export interface EndingsOptions {
  readonly store: Pick<Store, "saveDocuments" | "saveFindings" | "appendAudit">;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

const backoff: Backoff = { baseMs: 500, maximumMs: 30_000 };
const nouns: Readonly<Record<DecisionKind, string>> = {
  acknowledge: "acknowledgement",
  accept: "acceptance",
  mute: "mute",
  maintenance: "maintenance",
};

/** Nothing ended yet. */
export function createEndings({ store, clock, random, logger }: EndingsOptions): Endings {
  const waiting = new Map<string, { readonly ending: Ending; readonly record: NewAuditRecord; isAudited: boolean }>();
  const stopping = new AbortController();
  let writing: Promise<void> | undefined;

  async function writeAll(): Promise<void> {
    for (let attempt = 0; waiting.size > 0; ) {
      try {
        await writeOnce([...waiting.values()]);
        attempt = 0;
      } catch (thrown) {
        const err = AppError.from(thrown, "STORE_FAILED");
        logger.warn({ err, waiting: waiting.size }, "the store did not take that decisions ended, trying again");
        if (stopping.signal.aborted) return;
        attempt += 1;
        await clock.sleep(backoffDelayMs(backoff, attempt, random), stopping.signal).catch(() => undefined); // a last try follows
      }
    }
  }

  async function writeOnce(batch: readonly { readonly ending: Ending; readonly record: NewAuditRecord; isAudited: boolean }[]) {
    // Were the decision forgotten before its finding is over, a restart would bring the finding back without it.
    const resolved = batch.flatMap(({ ending }) => ending.resolved ?? []);
    if (resolved.length > 0) await store.saveFindings(resolved);
    const unaudited = batch.filter((each) => !each.isAudited);
    if (unaudited.length > 0) await store.appendAudit(unaudited.map(({ record }) => record));
    for (const each of unaudited) each.isAudited = true;
    const ids = batch.map(({ ending }) => ending.kept.decision.id);
    await store.saveDocuments("attention", [], ids);
    for (const id of ids) waiting.delete(id);
  }

  return {
    add(ending) {
      const { decision } = ending.kept;
      waiting.set(decision.id, { ending, record: recordOf(ending, clock.wallMs()), isAudited: false });
      logger.info(
        { id: decision.id, kind: decision.kind, scope: decision.scope, why: ending.why },
        "a decision about findings ended",
      );
      writing ??= writeAll().finally(() => {
        writing = undefined;
      });
    },
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await writing;
      await writeAll();
    },
  };
}

function recordOf({ kept: { decision }, why }: Ending, nowMs: number): NewAuditRecord {
  const { id, kind, scope, by } = decision;
  const { node = "" } = scope;
  return {
    at: isoTime(nowMs),
    actor: { kind: "collector", name: "" },
    action: "decision.end",
    target: node === "" ? { kind: "decision", name: id } : { kind: "node", name: node },
    outcome: "done",
    detail: `${nouns[kind]} ${id} of ${by} ended: ${why}; ${scopeText(scope)}`,
  };
}
