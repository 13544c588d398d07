/** What a probe's `parse` gives back, and the only ways to make its parts. */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type FailureSchema, Outcome, type Subject, type SubjectList, SubjectListSchema, SubjectSchema } from "@nodekeeper/proto";
import type { AppError } from "@nodekeeper/shared";

/** Everything that one run of a probe found. */
export interface Payload {
  readonly subjects: readonly Subject[];
  /** One entry for each kind that was listed. A kind of which a machine has one needs none. */
  readonly lists: readonly SubjectList[];
  readonly samples: readonly Sample[];
  /**
   * Subjects that were left alone in this run on purpose (a disk that sleeps is not woken): they are OK, their values hold only what this run
   * knows, and everything else in them is what an earlier run read. Whoever runs the probe completes them before they go on, with the time
   * of that reading as `read_at_unix_ms`: see last-readings.ts. Without an earlier reading they stay as they are: the rest is unknown.
   */
  readonly carried?: readonly SubjectReference[];
}

/** Names one subject. */
export interface SubjectReference {
  readonly kind: SubjectKind;
  /** "" for a kind of which a machine has one. */
  readonly id: string;
}

/** One number that changes all the time. */
export interface Sample {
  readonly kind: SubjectKind;
  /** Id of the subject; "" for a kind of which a machine has one. */
  readonly id: string;
  /** With unit: used_bytes, read_bytes_total. */
  readonly name: string;
  /** Undefined is unknown. */
  readonly value: number | undefined;
}

/** Name of a kind of subject: the name of its field in the oneof `Subject.value`, in snake_case. */
export type SubjectKind = SnakeCase<NonNullable<Subject["value"]["case"]>>;

/** The value of a subject of a kind. */
export type SubjectValue<Kind extends SubjectKind> = Extract<
  MessageInitShape<typeof SubjectSchema>["value"],
  { case: CamelCase<Kind> }
>["value"];

/** A subject that was read. `readAtMs` only where the value is older than this run. */
export function okSubject<Kind extends SubjectKind>(
  kind: Kind,
  id: string,
  value: SubjectValue<Kind>,
  readAtMs?: number,
): Subject {
  // The kind and the case are one name in two spellings, which TypeScript cannot follow through a union.
  const oneof = { case: camelCase(kind), value } as MessageInitShape<typeof SubjectSchema>["value"] & object;
  const readAt = readAtMs === undefined ? {} : { readAtUnixMs: BigInt(Math.round(readAtMs)) };
  return create(SubjectSchema, { kind, id, outcome: Outcome.OK, value: oneof, ...readAt });
}

/** A subject that is not there: we looked. */
export function absentSubject(kind: SubjectKind, id: string): Subject {
  return create(SubjectSchema, { kind, id, outcome: Outcome.ABSENT });
}

/** A subject that could not be read. */
export function failedSubject(kind: SubjectKind, id: string, error: AppError): Subject {
  return create(SubjectSchema, { kind, id, outcome: Outcome.FAILED, failure: failureOf(error) });
}

/** A list that holds everything of its kind. */
export function completeList(kind: SubjectKind): SubjectList {
  return create(SubjectListSchema, { kind, isComplete: true });
}

/** A list that may lack something, and why. */
export function incompleteList(kind: SubjectKind, error: AppError): SubjectList {
  return create(SubjectListSchema, { kind, isComplete: false, failure: failureOf(error) });
}

/** An error as it stands on the wire; long messages are cut. */
export function failureOf(error: AppError): MessageInitShape<typeof FailureSchema> {
  return { code: error.code, message: error.message.slice(0, maximumMessageLength) };
}

type SnakeCase<S extends string> = S extends `${infer Head}${infer Tail}`
  ? `${Head extends Lowercase<Head> ? Head : `_${Lowercase<Head>}`}${SnakeCase<Tail>}`
  : S;

type CamelCase<S extends string> = S extends `${infer Head}_${infer Tail}` ? `${Head}${Capitalize<CamelCase<Tail>>}` : S;

const maximumMessageLength = 512;

function camelCase(kind: string): string {
  return kind.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
