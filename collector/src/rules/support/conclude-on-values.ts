/** What rules about one kind of subject have in common: what is gone is clear, and what is not known now is held. */
import { Outcome, type Subject } from "@nodekeeper/proto";
import type { SubjectRef, Verdict } from "../../evaluate/rule.ts";
import { isFreshAndOk, type NodeView, type SubjectView, type ValueOf, valuesOf } from "../../state/node-view.ts";
import type { Conclusion } from "./disk-verdicts.ts";

/** A subject that may be concluded from. */
export interface KnownSubject<Value> {
  readonly subject: SubjectView;
  readonly value: Value;
  readonly ref: SubjectRef;
  /** When it was read. Of what sleeps, before it fell asleep: counts stand, other numbers do not. */
  readonly readAtMs: number;
  /** False where the last observation carried on what was read before. */
  readonly isReadNow: boolean;
}

/** The conclusion on every subject of a kind; `what` is not known where it is held, e.g. "its state". */
export function concludeOnValues<Case extends NonNullable<Subject["value"]["case"]>>(
  view: NodeView,
  valueCase: Case,
  what: string,
  conclude: (known: KnownSubject<ValueOf<Case>>) => Conclusion,
): readonly Verdict[] {
  return valuesOf(view, valueCase).map(({ subject, value }) => {
    const ref = { kind: subject.kind, id: subject.id };
    if (subject.outcome === Outcome.ABSENT) return { kind: "clear", subject: ref };
    if (!isFreshAndOk(subject)) return { kind: "hold", subject: ref, reason: `${what} is not known now` };
    const readAtMs = subject.readAtMs ?? subject.observedAtMs;
    const isReadNow = readAtMs === subject.observedAtMs;
    return { ...conclude({ subject, value, ref, readAtMs, isReadNow }), subject: ref };
  });
}
