/**
 * The facts of a node as an expression reads them. What is not known is an error of CEL, which its own logic knows how to carry: false && unknown is
 * false, true && unknown is unknown. Nothing is ever read as an empty value in its place.
 */
import { type CelInput, type CelMap, celError, celMap } from "@bufbuild/cel";
import type { DescField } from "@bufbuild/protobuf";
import { type NodeFacts, NodeFactsSchema } from "@nodekeeper/proto";
import type { FactGroup, KnownFacts } from "../known-facts.ts";

/** What an expression is evaluated over. */
export type FactVariables = Readonly<Record<string, CelInput>>;

/** The facts of one node, and what one evaluation after the other read of them. */
export interface FactContext {
  readonly variables: FactVariables;
  /** Groups that were read since it was forgotten, in their order. */
  readonly read: ReadonlySet<FactGroup>;
  /** Why something that was read since then is not known. */
  readonly unknown: ReadonlySet<string>;
  forget(): void;
}

/** A field with a value of a message, whose static type does not have it by name. */
type Fields = Readonly<Record<string, unknown>>;

/** Makes the context. Labels of the Node below `domain` are ours, and left out: an expression must not read what it decided itself. */
export function createFactContext(known: KnownFacts, domain: string): FactContext {
  const read = new Set<FactGroup>();
  const unknown = new Set<string>();
  const bound = new Map<FactGroup, CelInput>();

  /** Type: an error is no input of CEL by its types, though its activation takes it. */
  function notKnown(reason: string): CelInput {
    unknown.add(reason);
    return celError(reason) as unknown as CelInput;
  }

  function variable(field: DescField, group: FactGroup): CelInput {
    read.add(group);
    const state = known.groups[group];
    if (state.kind === "unknown") return notKnown(state.reason);
    const before = bound.get(group);
    if (before !== undefined) return before;
    const value = bind(field, factsWithout(known.facts, group, domain), field.name, state.gaps ?? {});
    bound.set(group, value);
    return value;
  }

  function bind(field: DescField, message: Fields, path: string, gaps: Readonly<Record<string, string>>): CelInput {
    const value = message[field.localName];
    if (field.fieldKind === "message")
      return value === undefined
        ? celMap(new Map())
        : thing(field.message.fields, value as Fields, nameOf(path, value as Fields), gaps);
    if (field.fieldKind === "list" && Array.isArray(value)) {
      if (field.listKind !== "message") return value;
      return value.map((each: Fields) => thing(field.message.fields, each, nameOf(path, each), {}));
    }
    if (field.fieldKind === "map") return new Map(Object.entries(value as Readonly<Record<string, string>>));
    return typeof value === "number" ? BigInt(value) : (value as string | boolean);
  }

  /** A message: reading a field that is not known is an error, which a plain map cannot hold. */
  function thing(fields: readonly DescField[], message: Fields, path: string, gaps: Readonly<Record<string, string>>): CelMap {
    const values = new Map<string, CelInput>();
    const missing = new Map<string, string>();
    for (const field of fields) {
      const reason =
        gaps[field.name] ?? (message[field.localName] === undefined ? `${path}.${field.name} is not known` : undefined);
      if (reason === undefined) values.set(field.name, bind(field, message, `${path}.${field.name}`, {}));
      else missing.set(field.name, reason);
    }
    const map = celMap(values);
    if (missing.size === 0) return map;
    const get = map.get.bind(map);
    return Object.assign(map, {
      get: (key: Parameters<typeof get>[0]) => {
        const reason = typeof key === "string" ? missing.get(key) : undefined;
        return reason === undefined ? get(key) : (notKnown(reason) as ReturnType<typeof get>);
      },
    });
  }

  const variables: Record<string, CelInput> = Object.create(null);
  for (const { field, group } of groupFields) {
    Object.defineProperty(variables, field.name, { get: () => variable(field, group) });
  }
  return {
    variables,
    read,
    unknown,
    forget() {
      read.clear();
      unknown.clear();
    },
  };
}

const groupFields: readonly { readonly field: DescField; readonly group: FactGroup }[] = NodeFactsSchema.fields.map((field) => ({
  field,
  group: field.localName as FactGroup, // the fields of NodeFacts are what FactGroup is made of
}));

function factsWithout(facts: NodeFacts, group: FactGroup, domain: string): Fields {
  if (group !== "cluster" || facts.cluster === undefined) return { ...facts };
  const foreign = Object.entries(facts.cluster.labels).filter(([key]) => !key.startsWith(`${domain}/`));
  return { cluster: { ...facts.cluster, labels: Object.fromEntries(foreign) } };
}

/** "gpus 0000:01:00.0": people ask which of them. */
function nameOf(path: string, { id }: Fields): string {
  return typeof id === "string" && id !== "" ? `${path} ${id}` : path;
}
