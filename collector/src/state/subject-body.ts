/** A subject as the API shows it: its facts by reflection, so that a new kind needs no line here. */
import { type Plain, plainSubjectValue, type Subject, SubjectSchema } from "@nodekeeper/proto";
import type { SubjectBody } from "@nodekeeper/shared/api";
import { isoTime } from "./iso-time.ts";
import type { SubjectView } from "./node-view.ts";
import { failureProperty, outcomeBody } from "./outcome-body.ts";

/** Every kind of subject that the wire knows, e.g. block_device. */
export const subjectKinds: readonly string[] = SubjectSchema.fields.flatMap((field) =>
  field.oneof?.localName === "value" ? [field.name] : [],
);

/** Makes the body of a subject. */
export function subjectBody(subject: SubjectView): SubjectBody {
  const value = subject.value === undefined ? undefined : plainValue(subject.value);
  return {
    kind: subject.kind,
    id: subject.id,
    probe: subject.probe,
    outcome: outcomeBody(subject.outcome),
    ...failureProperty(subject.failure),
    freshness: subject.freshness,
    observedAt: isoTime(subject.observedAtMs),
    ...(subject.readAtMs === undefined ? {} : { readAt: isoTime(subject.readAtMs) }),
    ...(value === undefined ? {} : { value }),
    samples: plainSamples(subject.samples),
  };
}

/** Facts never change once they are in the state, so each is made plain once while it lives there. */
const plainValues = new WeakMap<object, Record<string, Plain>>();

function plainValue(value: Subject["value"]): Record<string, Plain> | undefined {
  if (value.case === undefined) return undefined;
  const known = plainValues.get(value.value);
  if (known !== undefined) return known;
  const plain = { ...plainSubjectValue(value) };
  plainValues.set(value.value, plain);
  return plain;
}

/** NaN means unknown on the wire and is left out. */
function plainSamples(samples: ReadonlyMap<string, number>): Record<string, number> {
  const plain: Record<string, number> = {};
  for (const [name, value] of samples) if (Number.isFinite(value)) plain[name] = value;
  return plain;
}
