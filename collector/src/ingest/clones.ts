/** Notices machines that are copies of each other: one identity, or one machine-id, at two places at once. */
import type { Clock } from "@nodekeeper/shared";
import { addressOf } from "./address-of.ts";
import type { RefusalReports } from "./refusal-reports.ts";
import type { Session, Sessions } from "./sessions.ts";

/** Notices them. */
export interface Clones {
  /** A second came with the identity of the first, which is connected. It is a copy if the first is heard after it. */
  suspect(first: Session, second: { readonly bootId: string; readonly peer: string }): void;
  /** A stream took the place of another of its node, which may be the same machine that moved to another network. */
  replaced(before: Session, by: Session): void;
  /** Another machine bears the name of a node from now on. */
  tookName(node: string): void;
  /** The machine that bears it from now on proved more than the one before: what others did with the name is over. */
  provedName(node: string): void;
  /** Whether a name went from machine to machine so often of late that no machine is replaced any more: two want it. */
  isContested(node: string): boolean;
  /** Whether the machine-id of a session is seen under other names too. Both stay: each proved who it is. */
  look(session: Session): void;
  /** Looks at all sessions: a copy is one for as long as both are connected. */
  lookAtAll(): void;
}

/** What noticing needs. */
export interface ClonesOptions {
  readonly sessions: Sessions;
  readonly reports: Pick<RefusalReports, "cloned">;
  readonly clock: Pick<Clock, "monotonicMs">;
}

/** What the first had said before may be read after the second came; what is read later than this was said later. */
const inFlightMs = 1_000;
/** Two machines whose memory was copied too, as that of a virtual machine, push each other out by turns: so often in so short a time no machine moves. */
const turns = { count: 6, withinMs: 10 * 60_000 } as const;

/** A machine is replaced, and put back where the new one does not do; it is not done a third time within an hour. */
const takings = { count: 3, withinMs: 60 * 60_000 } as const;

/** Makes it. */
export function createClones({ sessions, reports, clock }: ClonesOptions): Clones {
  const suspected = new WeakSet<Session>();
  /** By node: when it came from another address than before. */
  const moves = new Map<string, readonly number[]>();
  /** By node: when another machine took its name. */
  const taken = new Map<string, readonly number[]>();

  /** One twin is named: of an image that was copied a thousand times each machine has a thousand. */
  function look(session: Session): Session | undefined {
    const twin = session.identity.kind === "unproven" ? undefined : sessions.twinOf(session);
    if (twin !== undefined) reports.cloned(session.node, textOfTwins(session, twin), session.peer);
    return twin;
  }

  return {
    look(session) {
      const twin = look(session);
      if (twin !== undefined) reports.cloned(twin.node, textOfTwins(twin, session), twin.peer);
    },
    suspect(first, second) {
      if (suspected.has(first)) return;
      suspected.add(first);
      const suspectedAtMs = clock.monotonicMs();
      first.onNextWord(function hear() {
        if (clock.monotonicMs() - suspectedAtMs < inFlightMs) {
          first.onNextWord(hear);
          return;
        }
        suspected.delete(first);
        const who = `boot ${first.bootId} at ${addressOf(first.peer)}, and boot ${second.bootId} at ${addressOf(second.peer)}`;
        reports.cloned(first.node, who, second.peer);
      });
    },
    replaced(before, by) {
      if (by.identity.kind === "unproven" || addressOf(before.peer) === addressOf(by.peer)) return;
      const nowMs = clock.monotonicMs();
      const recent = [...(moves.get(by.node) ?? []).filter((atMs) => nowMs - atMs < turns.withinMs), nowMs];
      moves.set(by.node, recent.slice(-turns.count));
      if (recent.length < turns.count) return;
      reports.cloned(by.node, `boot ${by.bootId} at ${addressOf(before.peer)} and at ${addressOf(by.peer)} by turns`, by.peer);
    },
    tookName(node) {
      taken.set(node, [...(taken.get(node) ?? []), clock.monotonicMs()].slice(-takings.count));
    },
    provedName: (node) => void taken.delete(node),
    isContested(node) {
      const nowMs = clock.monotonicMs();
      return (taken.get(node) ?? []).filter((atMs) => nowMs - atMs < takings.withinMs).length >= takings.count;
    },
    lookAtAll() {
      const nowMs = clock.monotonicMs();
      for (const [node, atMs] of taken) if (nowMs - (atMs.at(-1) ?? 0) >= takings.withinMs) taken.delete(node);
      for (const [node, atMs] of moves) if (nowMs - (atMs.at(-1) ?? 0) >= turns.withinMs) moves.delete(node);
      for (const session of sessions.all()) look(session);
    },
  };
}

function textOfTwins(session: Session, twin: Session): string {
  return `machine-id ${session.machineId} at ${addressOf(session.peer)}, and as ${twin.node} at ${addressOf(twin.peer)}`;
}
