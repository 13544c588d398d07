/** The source of the typed client, from the OpenAPI document: which operations there are, what each takes and what it answers. Bodies keep their names. */

/** A part of a JSON schema. */
interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema?: Schema }>>;
}

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly schema: Schema;
  }[];
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Content>>;
}

/** The document, as far as it is looked at. */
export interface OpenApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

const jsonType = "application/json";

/** Writes the source. */
export function clientSource(document: OpenApiDocument): string {
  const found = Object.entries(document.paths)
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
    )
    .filter(({ operation }) => answerOf(operation) !== undefined)
    .sort((a, b) => (a.operation.operationId < b.operation.operationId ? -1 : 1));
  const names = new Set<string>();
  const types = found.map(({ operation }) => typeOf(operation, names));
  const table = found.map(
    ({ path, method, operation }) => `  "${operation.operationId}": { method: "${method}", path: "${path}" },`,
  );
  return [
    "/** Made by `pnpm run gen` of the collector's OpenAPI document. Changes here are lost. */",
    `import type {\n${[...names]
      .sort()
      .map((name) => `  ${name},`)
      .join("\n")}\n} from "../index.ts";\n`,
    "/** What each operation takes, and what it answers. Operations that answer no JSON are not here. */",
    `export interface Operations {\n${types.join("\n")}\n}\n`,
    "/** Where each operation is. */",
    `export const operations: { readonly [Name in keyof Operations]: { readonly method: "GET" | "POST" | "DELETE"; readonly path: string } } = {\n${table.join("\n")}\n};\n`,
  ].join("\n");
}

function answerOf({ responses }: Operation): Schema | undefined {
  return (responses["200"] ?? responses["201"])?.content?.[jsonType]?.schema;
}

function typeOf(operation: Operation, names: Set<string>): string {
  const { operationId, summary, parameters = [], requestBody } = operation;
  const write = (schema: Schema | undefined): string => (schema === undefined ? "undefined" : typeText(schema, names));
  const group = (place: string): string => {
    const own = parameters.filter((parameter) => parameter.in === place);
    if (own.length === 0) return "undefined";
    const fields = own.map(({ name, required, schema }) => `readonly ${name}${required === true ? "" : "?"}: ${write(schema)}`);
    return `{ ${fields.join("; ")} }`;
  };
  const parts = [
    `readonly path: ${group("path")}`,
    `readonly query: ${group("query")}`,
    `readonly body: ${write(requestBody?.content?.[jsonType]?.schema)}`,
    `readonly answer: ${write(answerOf(operation))}`,
  ];
  return `  /** ${summary} */\n  readonly "${operationId}": {\n${parts.map((part) => `    ${part};`).join("\n")}\n  };`;
}

function typeText(schema: Schema, names: Set<string>): string {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split("/").at(-1) ?? "unknown";
    names.add(name);
    return name;
  }
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.anyOf !== undefined) return schema.anyOf.map((each) => typeText(each, names)).join(" | ");
  switch (schema.type) {
    case "string":
    case "boolean":
    case "null":
      return schema.type;
    case "number":
    case "integer":
      return "number";
    case "array":
      return `readonly (${schema.items === undefined ? "unknown" : typeText(schema.items, names)})[]`;
    case "object":
      return objectText(schema, names);
    default:
      return "unknown";
  }
}

function objectText({ properties = {}, required = [], additionalProperties }: Schema, names: Set<string>): string {
  const fields = Object.entries(properties).map(
    ([name, each]) => `readonly "${name}"${required.includes(name) ? "" : "?"}: ${typeText(each, names)}`,
  );
  if (typeof additionalProperties === "object") fields.push(`readonly [name: string]: ${typeText(additionalProperties, names)}`);
  return fields.length === 0 ? "Record<string, never>" : `{ ${fields.join("; ")} }`;
}
