/** The value of a subject as a plain object, whatever its kind: found by reflection, so that a new kind needs no line here. */
import type { DescMessage } from "@bufbuild/protobuf";
import { type Subject, SubjectSchema } from "./gen/nodekeeper/v1/observation_pb.ts";
import { type Plain, toPlain } from "./plain.ts";

/** Message type of each kind of value, by its name in the generated union. */
const schemaByCase: ReadonlyMap<string, DescMessage> = new Map(
  SubjectSchema.fields.flatMap((field) =>
    field.fieldKind === "message" && field.oneof?.localName === "value" ? [[field.localName, field.message] as const] : [],
  ),
);

/** The facts of a subject; undefined when it has none. */
export function plainSubjectValue(value: Subject["value"]): { readonly [key: string]: Plain } | undefined {
  const schema = value.case === undefined ? undefined : schemaByCase.get(value.case);
  return schema === undefined || value.case === undefined ? undefined : toPlain(schema, value.value);
}
