/**
 * Writes down who did what, and who was refused. What is done is written before it is answered. Refusals that repeat are written once, and once
 * more with their number when a minute is over: who knocks a thousand times fills no table.
 */
import type { AppError, Clock, Logger } from "@nodekeeper/shared";
import { runEvery } from "@nodekeeper/shared";
import type { AuditRecord } from "@nodekeeper/shared/api";
import { isoTime } from "../../state/iso-time.ts";
import type { Store } from "../../store/store.ts";

/** Something that was refused. */
export interface Refused {
  readonly actor: AuditRecord["actor"];
  readonly action: string;
  readonly target: AuditRecord["target"];
  readonly error: AppError;
  /** Address of the other side where nobody proved who asks; empty: nothing to tell, or `target` says it. */
  readonly from: string;
  readonly requestId: string;
}

/** Something that was allowed, and how it ended. */
export interface Done extends Omit<Refused, "error" | "from"> {
  readonly outcome: "done" | "failed";
  readonly detail: string;
}

/** The audit of the API. Disposed, it writes what it still counts. */
export interface Auditor extends AsyncDisposable {
  /** Resolves when it is on the disk, or was logged where it cannot be written. */
  record(done: Done): Promise<void>;
  refuse(refused: Refused): void;
}

/** What it needs. */
export interface AuditorOptions {
  readonly store: Pick<Store, "appendAudit">;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/** Refusals of one kind within this time are one record. */
const countMs = 60_000;
const lookMs = 5_000;
/** Kinds of refusals that are counted at a time; beyond, those of one action and code are one kind, whoever it was. */
const maximumKinds = 1_000;
const anybody = { actor: { kind: "user", name: "" }, target: { kind: "", name: "" }, from: "" } as const;
/** What others choose (names, addresses) is written no longer than this. */
const maximumTextLength = 256;

interface Counting {
  readonly refused: Refused;
  readonly sinceMs: number;
  more: number;
}

/** An auditor that writes into the store. */
export function createAuditor({ store, clock, random, logger }: AuditorOptions): Auditor {
  const counting = new Map<string, Counting>();
  const stopping = new AbortController();
  const looking = runEvery(
    { clock, random, signal: stopping.signal, intervalMs: () => lookMs, firstDelayMs: lookMs },
    async () => await tellCounted((each) => clock.monotonicMs() - each.sinceMs >= countMs),
  );

  async function append(records: readonly Omit<AuditRecord, "id">[]): Promise<void> {
    try {
      await store.appendAudit(records);
    } catch (err) {
      for (const record of records) logger.error({ err, record }, "the audit cannot be written, this is what it lacks");
    }
  }

  async function tellCounted(isDue: (each: Counting) => boolean): Promise<void> {
    const due = [...counting].filter(([, each]) => isDue(each));
    for (const [kind] of due) counting.delete(kind);
    const repeated = due.filter(([, { more }]) => more > 0);
    if (repeated.length === 0) return;
    await append(repeated.map(([, { refused, more }]) => recordOf(refused, ` (and ${more} times more within a minute)`)));
  }

  function recordOf({ actor, action, target, error, from, requestId }: Refused, suffix = ""): Omit<AuditRecord, "id"> {
    const detail = `${error.code}: ${fit(error.message)}${from === "" ? "" : `; from ${from}`}${suffix}`;
    return {
      at: isoTime(clock.wallMs()),
      actor,
      action,
      target,
      outcome: "refused",
      detail,
      requestId,
    };
  }

  return {
    async record({ actor, action, target, outcome, detail, requestId }) {
      const at = isoTime(clock.wallMs());
      await append([{ at, actor: named(actor), action, target: named(target), outcome, detail: fit(detail), requestId }]);
    },
    refuse({ actor, target, ...rest }) {
      const refused = { ...rest, actor: named(actor), target: named(target) }; // before it is remembered: a path has room for much
      const own = kindOf(refused);
      const isOwnKind = counting.has(own) || counting.size < maximumKinds;
      const counted = isOwnKind ? refused : { ...refused, ...anybody };
      const kind = isOwnKind ? own : kindOf(counted);
      const known = counting.get(kind);
      if (known !== undefined) {
        known.more += 1;
        return;
      }
      counting.set(kind, { refused: counted, sinceMs: clock.monotonicMs(), more: 0 });
      void append([recordOf(counted)]); // it logs what fails, and nobody who is refused waits for the disk
    },
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await looking;
      await tellCounted(() => true);
    },
  };
}

function kindOf({ actor, action, target, error, from }: Refused): string {
  return JSON.stringify([actor.kind, actor.name, action, target.kind, target.name, error.code, from]);
}

function named<Named extends { readonly name: string }>(one: Named): Named {
  return { ...one, name: fit(one.name) };
}

/** Short, and without control characters: whoever was refused has chosen it, and whoever reads it does so on a terminal. */
function fit(text: string): string {
  const plain = text.replace(/\p{Cc}/gu, "\ufffd");
  return plain.length <= maximumTextLength ? plain : `${plain.slice(0, maximumTextLength - 1)}…`;
}
