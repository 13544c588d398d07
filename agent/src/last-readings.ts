/** The last readings of one probe: what lets a run leave a sleeping disk alone and still say what is known of it. */
import { clone, type DescMessage, type Message, mergeFromBinary, toBinary } from "@bufbuild/protobuf";
import { reflect } from "@bufbuild/protobuf/reflect";
import { Outcome, type Subject, SubjectSchema } from "@nodekeeper/proto";
import { forgetOldest, remember } from "./bounded-memory.ts";
import type { Payload } from "./payload.ts";
import type { LastReadAt } from "./probe.ts";

/** Kept by whoever runs a probe again and again, one for each probe. */
export interface LastReadings {
  /** For the probe's `read`. */
  readonly readAt: LastReadAt;
  /**
   * The payload of a run, with its carried subjects completed by what was read before. What it read itself is remembered, as read at
   * `observedAtMs`; a subject that is gone, as a complete list without it says, is forgotten. A failed run forgets nothing.
   */
  complete(payload: Payload, observedAtMs: number): Payload;
  /** What is remembered, each with the time of its reading, for whoever comes after this process. */
  kept(): readonly Subject[];
  /** Whether nothing was said yet of a subject that was inherited: neither that it is there, nor that it is gone. */
  leavesOpen(inherited: Subject): boolean;
}

interface Memory {
  /** As it was read: OK with a value, or absent where the machine has one of the kind or none. */
  readonly subject: Subject;
  readonly readAtMs: number;
}

/** `inherited` is what an earlier process of the same boot remembered. It only completes what is carried: what may be read is read anew. */
export function createLastReadings(inherited: readonly Subject[] = []): LastReadings {
  const memories = new Map<string, Memory>();
  const legacies = new Map(inherited.map((subject) => [keyOf(subject.kind, subject.id), legacyOf(subject)]));
  return {
    readAt: (kind, id) => memories.get(keyOf(kind, id))?.readAtMs,
    complete: (payload, observedAtMs) => {
      const carried = new Set((payload.carried ?? []).map(({ kind, id }) => keyOf(kind, id)));
      const subjects = payload.subjects.map((subject) => {
        const key = keyOf(subject.kind, subject.id);
        if (carried.has(key)) {
          const legacy = legacies.get(key);
          if (legacy !== undefined && !memories.has(key)) remember(memories, key, legacy);
          return completed(subject, memories.get(key));
        }
        if (isWorthKeeping(subject)) remember(memories, key, { subject, readAtMs: observedAtMs });
        return subject;
      });
      const present = new Set(subjects.map(({ kind, id }) => keyOf(kind, id)));
      const whole = new Set(payload.lists.filter((list) => list.isComplete).map((list) => list.kind));
      for (const known of [memories, legacies]) {
        for (const [key, { subject }] of known) if (whole.has(subject.kind) && !present.has(key)) known.delete(key);
      }
      forgetOldest(memories);
      return { ...payload, subjects };
    },
    kept: () =>
      [...memories.values()].map(({ subject, readAtMs }) => ({
        ...subject,
        readAtUnixMs: BigInt(Math.round(readAtMs)),
      })),
    leavesOpen: ({ kind, id }) => legacies.has(keyOf(kind, id)) && !memories.has(keyOf(kind, id)),
  };
}

function legacyOf(subject: Subject): Memory {
  return { subject, readAtMs: Number(subject.readAtUnixMs ?? 0n) };
}

/** A disk that was absent may have been without its medium; what a machine has once, as a board, does not come and go. */
function isWorthKeeping({ outcome, id }: Subject): boolean {
  return outcome === Outcome.OK || (outcome === Outcome.ABSENT && id === "");
}

function keyOf(kind: string, id: string): string {
  return `${kind} ${id}`;
}

/** What this run set stands over what was read before; what was not there then is not there now. */
function completed(subject: Subject, memory: Memory | undefined): Subject {
  if (memory?.subject.outcome === Outcome.ABSENT) return memory.subject;
  const schema = SubjectSchema.fields.find((field) => field.localName === subject.value.case)?.message;
  const { value: now } = subject.value;
  const before = memory?.subject.value;
  if (memory === undefined || schema === undefined || now === undefined || before?.value === undefined) return subject;
  if (before.case !== subject.value.case) return subject;
  const value = merged(schema, before.value, now);
  // Case and value are those of the subject itself; the generic merge does not know which of the oneof's types it has.
  return {
    ...subject,
    readAtUnixMs: BigInt(Math.round(memory.readAtMs)),
    value: { case: subject.value.case, value } as Subject["value"],
  };
}

/** A list that this run has found is the list now; a merge by itself would append it. */
function merged(schema: DescMessage, before: Message, now: Message): Message {
  const whole = clone(schema, before);
  const [kept, found] = [reflect(schema, whole), reflect(schema, now)];
  for (const field of schema.fields) if (field.fieldKind === "list" && found.isSet(field)) kept.clear(field);
  return mergeFromBinary(schema, whole, toBinary(schema, now));
}
