/** What rules about the health of disks have in common: when nothing may be concluded, and what a disk is called. */
import { type DiskHealth, Outcome } from "@nodekeeper/proto";
import type { SubjectRef, Verdict } from "../../evaluate/rule.ts";
import { isFreshAndOk, type NodeView, type SubjectView, valuesOf } from "../../state/node-view.ts";

/** Health that may be concluded from. */
export interface KnownDisk {
  readonly health: DiskHealth;
  readonly ref: SubjectRef;
  /** e.g. "Samsung SSD 980 PRO 1TB (/dev/nvme0)" */
  readonly name: string;
  /** When the disk itself was asked. Of a disk that sleeps, before it fell asleep: what it counted then still stands. */
  readonly readAtMs: number;
  /** False where the last observation carried on what was read before: counts stand, a temperature does not. */
  readonly isReadNow: boolean;
}

/** A verdict, but for the subject. */
export type Conclusion = Verdict extends infer Each ? (Each extends Verdict ? Omit<Each, "subject"> : never) : never;

/** The conclusion on every disk: a disk that is gone is clear, and where its health is not known now, all is held. */
export function concludeOnDisks(view: NodeView, conclude: (disk: KnownDisk) => Conclusion): readonly Verdict[] {
  return valuesOf(view, "diskHealth").map(({ subject, value }) => {
    const ref = { kind: subject.kind, id: subject.id };
    if (subject.outcome === Outcome.ABSENT) return { kind: "clear", subject: ref };
    if (!isFreshAndOk(subject)) return { kind: "hold", subject: ref, reason: "its health is not known now" };
    const readAtMs = subject.readAtMs ?? subject.observedAtMs;
    const isReadNow = readAtMs === subject.observedAtMs;
    return { ...conclude({ health: value, ref, name: diskName(subject, value), readAtMs, isReadNow }), subject: ref };
  });
}

/** Nothing is known of the part of the health that a rule looks at. */
export function unknown(what: string): Conclusion {
  return { kind: "hold", reason: `${what} is not known` };
}

/** What a disk is called in sentences. */
export function diskName(subject: Pick<SubjectView, "id">, health: Pick<DiskHealth, "modelName" | "device">): string {
  return health.modelName === "" ? subject.id : `${health.modelName} (${health.device || subject.id})`;
}
