/**
 * Gives the schemas of an OpenAPI document their names. The bodies are built by nesting, so the document first has them all written out;
 * here each place where a named schema stands becomes a reference to it.
 */
import * as named from "@nodekeeper/shared/api";

/** A part of a JSON document. */
type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** The document with references in the place of named schemas, and with those schemas as components. */
export function nameSchemas<Document extends object>(document: Document): Document {
  const schemas = namedSchemas();
  const nameOf = new Map([...schemas].map(([name, schema]) => [canonical(schema), name]));
  const refer = (part: Json, isRoot: boolean): Json => {
    const name = isRoot ? undefined : nameOf.get(canonical(part));
    if (name !== undefined) return { $ref: `#/components/schemas/${name}` };
    if (Array.isArray(part)) return part.map((item: Json) => refer(item, false));
    if (typeof part !== "object" || part === null) return part;
    return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, refer(value, false)]));
  };
  const referring = Object.fromEntries(Object.entries(plain(document)).map(([key, value]) => [key, refer(value, false)]));
  const bodies = [...schemas].filter(([name]) => !name.endsWith("Query")); // those are written out as parameters
  const given = "components" in document && typeof document.components === "object" ? document.components : {};
  const components = { ...given, schemas: Object.fromEntries(bodies.map(([name, schema]) => [name, refer(schema, true)])) };
  return { ...referring, components } as Document; // the same document but for the references
}

function namedSchemas(): ReadonlyMap<string, Json> {
  const isSchema = (value: unknown): boolean => typeof value === "object" && value !== null;
  return new Map(
    Object.entries(named).flatMap(([name, value]) => (isSchema(value) ? [[name, openRecords(plain(value))] as const] : [])),
  );
}

/** Records whose keys may be anything, in the words that @fastify/swagger uses for them. */
function openRecords(part: Json): Json {
  if (Array.isArray(part)) return part.map(openRecords);
  if (typeof part !== "object" || part === null) return part;
  const entries = Object.entries(part).map(([key, value]): [string, Json] => {
    const anyKey = key === "patternProperties" && typeof value === "object" ? Object.entries(value ?? {}) : [];
    return anyKey[0]?.[0] === "^.*$" ? ["additionalProperties", openRecords(anyKey[0][1])] : [key, openRecords(value)];
  });
  return Object.fromEntries(entries);
}

/** Only what JSON can say. */
function plain(value: unknown): { readonly [key: string]: Json } {
  return JSON.parse(JSON.stringify(value)) as { readonly [key: string]: Json }; // it was an object
}

/** The same text for the same content, whatever the order of the keys. */
function canonical(part: Json): string {
  if (Array.isArray(part)) return `[${part.map(canonical).join()}]`;
  if (typeof part !== "object" || part === null) return JSON.stringify(part);
  const entries = Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${canonical(value)}`).join()}}`;
}
