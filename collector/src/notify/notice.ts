/** What is sent: a notice, and what it tells of. It lies in the store until it is delivered. */
import type { Finding, Severity } from "@nodekeeper/shared/api";

/** What is told of a finding. */
export type Telling = "firing" | "worse" | "resolved" | "flapping" | "advice";

/** A finding as it was when it was told. */
export interface Snapshot
  extends Readonly<
    Pick<
      Finding,
      "rule" | "title" | "severity" | "node" | "subject" | "text" | "action" | "measure" | "resolvedAt" | "resolvedBecause"
    >
  > {
  readonly key: string;
  readonly findingId: string;
  readonly firingSince: string;
}

/** What a channel told of a finding: the memory by which nothing is told twice and nothing forgotten. */
export interface Told {
  /** open: it was told and is not over. */
  readonly state: "open" | "over";
  readonly finding: Snapshot;
  /** The loudest that was told. */
  readonly severity: Severity;
  /** The largest `measure.level` that was told. */
  readonly level?: number;
  /** When it was told that it fires or got worse, the last hour. */
  readonly toldAtMs: readonly number[];
  /** When it was told as advice, which is once. */
  readonly advisedAtMs?: number;
  /** It comes and goes, and nothing is told of it until it is calm. */
  readonly flapping?: {
    /** As it was last seen. */
    readonly isFiring: boolean;
    /** When it last came or went. */
    readonly movedAtMs: number;
  };
  /** The notice that told it last. */
  readonly noticeId: string;
}

/** One thing that is told. */
export interface NoticeItem {
  readonly telling: Telling;
  readonly finding: Snapshot;
  /** What was told of it before, in case that the notice is given up; not there: nothing. */
  readonly before?: Omit<Told, "finding">;
}

/** A notice. */
export interface Notice {
  /** The same at each attempt, so that whoever got it twice can tell. */
  readonly id: string;
  readonly channel: string;
  readonly atMs: number;
  readonly items: readonly NoticeItem[];
  /** It tells of nothing: this person tests the channel. */
  readonly testedBy?: string;
}

/** Of texts that agents choose, so much is told. */
const maximumTextLength = 600;

/** What stays the same when a condition comes again: rule, node and subject. */
export function keyOf({ rule, node, subject }: Pick<Finding, "rule" | "node" | "subject">): string {
  return JSON.stringify([rule, node, subject.kind, subject.id]);
}

/** The finding as it is now. */
export function snapshotOf(finding: Finding): Snapshot {
  const { rule, node, subject, severity, measure, resolvedAt, resolvedBecause } = finding;
  return {
    ...{ key: keyOf(finding), findingId: finding.id, rule, title: finding.title, severity, node, subject },
    text: fit(finding.text),
    action: fit(finding.action),
    ...(measure === undefined ? {} : { measure }),
    firingSince: finding.firingSince ?? finding.pendingSince,
    ...(resolvedAt === undefined ? {} : { resolvedAt }),
    ...(resolvedBecause === undefined ? {} : { resolvedBecause: fit(resolvedBecause) }),
  };
}

/** Half of a character is no Unicode, and a service that refuses it would refuse the whole notice, again and again. */
function fit(text: string): string {
  return (text.length <= maximumTextLength ? text : `${text.slice(0, maximumTextLength - 1)}…`).toWellFormed();
}
