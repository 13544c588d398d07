/**
 * The subjects of a probe, as a read-only map that makes each one when it is looked at. Nearly all that is known of a subject follows from
 * the facts, which stay the same for hours, and from the last two readings of all numbers: only that is held. What does not follow (a value
 * from before a failure, a thing that is gone) is held as it is.
 */
import { type Facts, Outcome, type Subject } from "@nodekeeper/proto";
import type { Freshness } from "./freshness.ts";
import { noSamples, type RowLayout, sampleRow } from "./sample-row.ts";
import { type JudgedSubject, type SubjectState, subjectKey } from "./subject-state.ts";

/** An observation of subjects, and what was observed before it. */
export interface SubjectReading {
  readonly facts: Facts;
  /** For each subject of the facts where its numbers stand (sample-row.ts). */
  readonly layouts: readonly (RowLayout | undefined)[];
  readonly values: readonly number[];
  /** When it was made, by the collector's clock and by the node's. */
  readonly observedAtMs: number;
  readonly observedAtUnixMs: number;
  /** The numbers before; the layouts are those of the subjects of `facts`. Undefined where there were none. */
  readonly previous: PreviousReading | undefined;
}

/** Numbers of the observation before. */
export interface PreviousReading {
  readonly layouts: readonly (RowLayout | undefined)[];
  readonly values: readonly number[];
  readonly observedAtMs: number;
}

/** No subjects that do not follow from facts. */
export const nothingKept: ReadonlyMap<string, SubjectState> = new Map();

/** Subjects by subjectKey(kind, id): those of the facts in their order, then those that the facts do not have. */
export class ProbeSubjects implements ReadonlyMap<string, SubjectState> {
  readonly reading: SubjectReading | undefined;
  /** Subjects of the facts of which something is known that does not follow from the reading. */
  readonly exceptions: ReadonlyMap<string, SubjectState>;
  /** Subjects that the facts do not have. */
  readonly others: ReadonlyMap<string, SubjectState>;

  constructor(
    reading: SubjectReading | undefined,
    exceptions: ReadonlyMap<string, SubjectState>,
    others: ReadonlyMap<string, SubjectState>,
  ) {
    this.reading = reading;
    this.exceptions = exceptions;
    this.others = others;
  }

  get size(): number {
    return (this.reading?.facts.subjects.length ?? 0) + this.others.size;
  }

  get(key: string): SubjectState | undefined {
    const known = this.exceptions.get(key) ?? this.others.get(key);
    if (known !== undefined || this.reading === undefined) return known;
    const index = this.reading.facts.subjects.findIndex((subject) => isKeyOf(subject, key));
    return index < 0 ? undefined : this.#at(this.reading, index);
  }

  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  *entries(): MapIterator<[string, SubjectState]> {
    for (const subject of this.values()) yield [subjectKey(subject.kind, subject.id), subject];
  }

  *keys(): MapIterator<string> {
    for (const subject of this.reading?.facts.subjects ?? []) yield subjectKey(subject.kind, subject.id);
    yield* this.others.keys();
  }

  *values(): MapIterator<SubjectState> {
    const { reading } = this;
    for (let index = 0; reading !== undefined && index < reading.facts.subjects.length; index += 1)
      yield this.#at(reading, index);
    yield* this.others.values();
  }

  /** All of them with their age judged, in one go: a view of a node is made with each of its words. */
  views(probe: string, freshnessOf: (observedAtMs: number) => Freshness): JudgedSubject[] {
    const { reading, exceptions } = this;
    const views: JudgedSubject[] = [];
    if (reading !== undefined) {
      const freshness = freshnessOf(reading.observedAtMs);
      reading.facts.subjects.forEach((subject, index) => {
        const exception = exceptions.size === 0 ? undefined : exceptions.get(subjectKey(subject.kind, subject.id));
        views.push(
          exception === undefined ? viewOf(reading, subject, index, probe, freshness) : { ...exception, probe, freshness },
        );
      });
    }
    for (const other of this.others.values()) views.push({ ...other, probe, freshness: freshnessOf(other.observedAtMs) });
    return views;
  }

  /** When anything of them was observed: each time once, or a few times. */
  *times(): Generator<number> {
    if (this.reading !== undefined) yield this.reading.observedAtMs;
    for (const kept of [this.exceptions, this.others]) {
      for (const { observedAtMs, samplesAtMs } of kept.values()) {
        yield observedAtMs;
        if (samplesAtMs !== undefined) yield samplesAtMs;
      }
    }
  }

  [Symbol.iterator](): MapIterator<[string, SubjectState]> {
    return this.entries();
  }

  forEach(visit: (subject: SubjectState, key: string, map: ReadonlyMap<string, SubjectState>) => void): void {
    for (const [key, subject] of this.entries()) visit(subject, key, this);
  }

  #at(reading: SubjectReading, index: number): SubjectState {
    const subject = reading.facts.subjects[index];
    if (subject === undefined) throw new RangeError(`there is no subject ${index}`);
    const exception = this.exceptions.size === 0 ? undefined : this.exceptions.get(subjectKey(subject.kind, subject.id));
    return exception ?? subjectOf(reading, subject, index);
  }
}

/** A subject as it follows from a reading: it was read, and nothing older than the reading before is known of it. */
function subjectOf(reading: SubjectReading, subject: Subject, index: number): SubjectState {
  const { observedAtMs, previous } = reading;
  const samples = sampleRow(reading.layouts[index], reading.values);
  const before = samples && previous && sampleRow(previous.layouts[index], previous.values);
  return {
    kind: subject.kind,
    id: subject.id,
    outcome: Outcome.OK,
    failure: undefined,
    observedAtMs,
    absentSinceMs: undefined,
    value: subject.value,
    readAtMs: readAtMs(subject, reading),
    samples: samples ?? noSamples,
    samplesAtMs: samples && observedAtMs,
    previousSamples: before,
    previousSamplesAtMs: before && previous?.observedAtMs,
  };
}

function viewOf(reading: SubjectReading, subject: Subject, index: number, probe: string, freshness: Freshness): JudgedSubject {
  return { ...subjectOf(reading, subject, index), probe, freshness };
}

/** A reading that was made before its observation is as much older on our clock as on the node's. */
export function readAtMs(subject: Subject, reading: Pick<SubjectReading, "observedAtMs" | "observedAtUnixMs">): number {
  if (subject.readAtUnixMs === undefined) return reading.observedAtMs;
  return reading.observedAtMs - Math.max(0, reading.observedAtUnixMs - Number(subject.readAtUnixMs));
}

/** Whether subjectKey makes this key of the subject; without making it. */
function isKeyOf({ kind, id }: Subject, key: string): boolean {
  return key.length === kind.length + 1 + id.length && key.startsWith(kind) && key.endsWith(id) && key[kind.length] === "/";
}
