/** Checks what samples mean, once per facts, and their values, once per observation. Pure. */
import type { SampleKey, Subject } from "@nodekeeper/proto";
import { subjectKey } from "../state/subject-state.ts";
import { internKey, internText } from "./intern.ts";
import type { ProblemCollector } from "./problem.ts";
import { maximumSamples } from "./ranges/limits.ts";
import { type SampleRange, sampleRange } from "./ranges/samples.ts";

/** How the values that come with some facts are to be read. */
export interface SampleLayout {
  /** Keys that are taken. */
  readonly keys: readonly SampleKey[];
  /** For each of them its place among the values as sent; undefined when all keys were taken. */
  readonly positions: readonly number[] | undefined;
  /** How many values an observation with these facts carries. */
  readonly sentCount: number;
  /** For each key what its value may be. */
  readonly ranges: readonly SampleRange[];
}

const namePattern = /^[a-z][a-z0-9_]{0,63}$/;

/** Keys are shared by nodes that state the same facts (state/share-facts.ts), and so is what follows from them. */
const layouts = new WeakMap<readonly SampleKey[], SampleLayout>();

/** The layout of keys that were checked before, e.g. when the facts come from the store. */
export function layoutOfChecked(keys: readonly SampleKey[]): SampleLayout {
  const known = layouts.get(keys);
  if (known !== undefined) return known;
  const layout = { keys, positions: undefined, sentCount: keys.length, ranges: keys.map((key) => sampleRange(key.name)) };
  layouts.set(keys, layout);
  return layout;
}

/** Takes the keys that have a proper name and belong to a subject of the same facts. */
export function validateSampleKeys(
  sent: readonly SampleKey[],
  subjects: ReadonlyMap<string, Subject>,
  problems: ProblemCollector,
): SampleLayout {
  if (sent.length > maximumSamples) problems.report("samples_too_many", `${sent.length} samples, ${maximumSamples} are taken`);
  const keys: SampleKey[] = [];
  const positions: number[] = [];
  const seen = new Set<string>();
  sent.slice(0, maximumSamples).forEach((key, position) => {
    const subject = subjects.get(subjectKey(key.kind, key.id));
    const whole = `${subjectKey(key.kind, key.id)}/${key.name}`;
    if (!namePattern.test(key.name)) problems.report("sample_key", `sample ${position}: its name is not of the form used_bytes`);
    else if (subject === undefined) problems.report("sample_key", `sample ${position}: it belongs to no subject that was taken`);
    else if (seen.has(whole)) problems.report("sample_key", `sample ${position}: ${whole} is there twice; the first is taken`);
    else {
      seen.add(whole);
      keys.push(internKey({ ...key, kind: subject.kind, id: subject.id, name: internText(key.name) }, whole));
      positions.push(position);
    }
  });
  const ranges = keys.map((key) => sampleRange(key.name));
  return { keys, positions: keys.length === sent.length ? undefined : positions, sentCount: sent.length, ranges };
}

/**
 * The values in the order of the layout's keys; a value that cannot be is NaN, unknown. undefined when their number does not fit the
 * layout, so that nothing can be said of any.
 */
export function validateSampleValues(
  layout: SampleLayout,
  sent: readonly number[],
  problems: ProblemCollector,
): readonly number[] | undefined {
  if (sent.length !== layout.sentCount) return undefined;
  const values = layout.positions === undefined ? sent : layout.positions.map((position) => sent[position] ?? Number.NaN);
  if (values.every((value, index) => isWithin(value, layout.ranges[index]))) return values;
  return values.map((value, index) => {
    const range = layout.ranges[index];
    if (range === undefined || isWithin(value, range)) return value;
    const key = layout.keys[index];
    const name = key === undefined ? `sample ${index}` : `${subjectKey(key.kind, key.id)}: ${key.name}`;
    problems.report("sample_range", `${name}: ${value} is not within ${range.minimum} and ${range.maximum}`);
    return Number.NaN;
  });
}

function isWithin(value: number, range: SampleRange | undefined): boolean {
  return Number.isNaN(value) || range === undefined || (value >= range.minimum && value <= range.maximum);
}
