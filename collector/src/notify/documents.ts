/** Whether a document of the store is what it should be: another version of nodekeeper may have written it. */
import { Type } from "typebox";
import { Value } from "typebox/value";
import type { Notice, Told } from "./notice.ts";

const Severity = Type.Enum(["low", "medium", "high"]);

const Snapshot = Type.Object({
  key: Type.String(),
  findingId: Type.String(),
  rule: Type.String(),
  title: Type.String(),
  severity: Severity,
  node: Type.String(),
  subject: Type.Object({ kind: Type.String(), id: Type.String() }),
  text: Type.String(),
  action: Type.String(),
  measure: Type.Optional(Type.Object({ name: Type.String(), level: Type.Number() })),
  firingSince: Type.String({ format: "date-time" }),
  resolvedAt: Type.Optional(Type.String()),
  resolvedBecause: Type.Optional(Type.String()),
});

const before = {
  state: Type.Enum(["open", "over"]),
  severity: Severity,
  level: Type.Optional(Type.Number()),
  toldAtMs: Type.Array(Type.Number()),
  advisedAtMs: Type.Optional(Type.Number()),
  flapping: Type.Optional(Type.Object({ isFiring: Type.Boolean(), movedAtMs: Type.Number() })),
  noticeId: Type.String(),
};

const NoticeBody = Type.Object({
  id: Type.String(),
  channel: Type.String(),
  atMs: Type.Number(),
  items: Type.Array(
    Type.Object({
      telling: Type.Enum(["firing", "worse", "resolved", "flapping", "advice"]),
      finding: Snapshot,
      before: Type.Optional(Type.Object(before)),
    }),
  ),
});

const ToldBody = Type.Object({ ...before, finding: Snapshot });

const ToldDocument = Type.Object({ channel: Type.String(), told: ToldBody });

/** What a channel remembers of one finding. */
export interface ToldDocument {
  readonly channel: string;
  readonly told: Told;
}

/** A notice that waits. */
export function isNotice(value: unknown): value is Notice {
  return Value.Check(NoticeBody, value);
}

/** What was told. */
export function isToldDocument(value: unknown): value is ToldDocument {
  return Value.Check(ToldDocument, value);
}
