/**
 * A guard that lets nothing be written by what was decided before its leave began: while another collector held the Lease, somebody may have pruned
 * there, or ended an override, of which this one hears only now and then.
 */
import { AppError } from "@nodekeeper/shared";
import type { DecisionsKeeper } from "../decisions/decisions.ts";
import type { MayWrite, WriteGuard } from "../may-write.ts";

/** What the controller asks of a guard. */
export type AskedGuard = Pick<WriteGuard, "ask" | "last" | "onChanged">;

/** The same guard, whose first yes in a row comes after a fresh reading. Where that fails, it is a no. */
export function withFreshDecisions(guard: AskedGuard, decisions: Pick<DecisionsKeeper, "refresh">): AskedGuard {
  /** Of the leave for which they were read. */
  let read: AbortSignal | undefined;

  return {
    async ask(signal): Promise<MayWrite> {
      for (;;) {
        const answer = await guard.ask(signal);
        if (answer.kind === "no" || answer.signal === read) return answer;
        try {
          await decisions.refresh(signal);
        } catch (thrown) {
          signal.throwIfAborted();
          const { message } = AppError.from(thrown, "PEER_UNREACHABLE");
          return { kind: "no", because: "unknown", text: `what was decided meanwhile is not known: ${message}` };
        }
        read = answer.signal;
      }
    },
    get last() {
      return guard.last;
    },
    onChanged: (listener) => guard.onChanged(listener),
  };
}
