/** What the kept recordings of machines say, as the agent would send it: the raw material of the week's machines. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fromJson, type JsonValue } from "@bufbuild/protobuf";
import { type Subject, type SubjectList, SubjectListSchema, SubjectSchema } from "../../proto/src/index.ts";

/** A thing with the numbers that came with it; NaN is unknown. */
export interface Thing {
  readonly subject: Subject;
  readonly samples: Readonly<Record<string, number>>;
}

/** What one probe found; undefined in its place: the machine has nothing of the kind. */
export interface Found {
  readonly things: readonly Thing[];
  readonly lists: readonly SubjectList[];
}

/** By the name of the probe. */
export type Recording = ReadonlyMap<string, Found | undefined>;

/** Names to put in the place of others, so that one recording makes several machines. */
export type Renaming = readonly (readonly [from: string, to: string])[];

/** Reads the recording of a host of test/fixtures. */
export function recordingOf(host: "neko" | "bobcat" | "siberian", renaming: Renaming = []): Recording {
  const file = join(import.meta.dirname, "../fixtures/hosts", host, "expected-report.json");
  const text = renaming.reduce((all, [from, to]) => all.replaceAll(from, to), readFileSync(file, "utf8"));
  const report = JSON.parse(text) as Readonly<Record<string, ProbeReport>>; // written by test/replay/golden.test.ts
  return new Map(Object.entries(report).map(([probe, said]) => [probe, said.subjects === undefined ? undefined : foundOf(said)]));
}

/** A thing that was read, as JSON says it. */
export function thing(subject: JsonValue, samples: Readonly<Record<string, number>> = {}): Thing {
  return { subject: fromJson(SubjectSchema, subject), samples };
}

interface ProbeReport {
  readonly subjects?: readonly JsonValue[];
  readonly lists?: readonly JsonValue[];
  readonly samples?: Readonly<Record<string, number | null>>;
}

function foundOf({ subjects = [], lists = [], samples = {} }: ProbeReport): Found {
  const numbers = Object.entries(samples).map(([key, value]) => ({ ...partsOf(key), value: value ?? Number.NaN }));
  return {
    things: subjects.map((json) => {
      const subject = fromJson(SubjectSchema, json);
      const own = numbers.filter(({ kind, id }) => kind === subject.kind && id === subject.id);
      return { subject, samples: Object.fromEntries(own.map(({ name, value }) => [name, value])) };
    }),
    lists: lists.map((json) => fromJson(SubjectListSchema, json)),
  };
}

/** `KIND ID NAME`; the id may be empty, or hold spaces. */
function partsOf(key: string): { readonly kind: string; readonly id: string; readonly name: string } {
  const parts = key.split(" ");
  return { kind: parts[0] ?? "", id: parts.slice(1, -1).join(" "), name: parts.at(-1) ?? "" };
}
