/**
 * What Open WebUI makes of a tool server's document, and how it asks: written from the rules that are known of its converter (operations with an
 * operationId only, the description else the summary, parameters that are written out only, of which type, description and enum are kept; a query as
 * Python writes it), not from its code.
 */

/** A tool as it is shown to a model. */
export interface ConvertedTool {
  readonly name: string;
  readonly description: string;
  readonly parameters: {
    readonly type: "object";
    readonly properties: Readonly<Record<string, { readonly type: string; readonly description: string }>>;
    readonly required: readonly string[];
  };
}

interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly enum?: readonly unknown[];
}

interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly description?: string;
  readonly parameters?: readonly {
    readonly name?: string;
    readonly in?: string;
    readonly required?: boolean;
    readonly description?: string;
    readonly schema?: Schema;
  }[];
  readonly requestBody?: object;
}

/** As far as the converter looks at it. */
export interface ToolServerDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/** An argument as a model's JSON has it. */
type Argument = string | number | boolean | null | readonly string[];

/** The tools of a document. */
export function convertTools({ paths }: ToolServerDocument): readonly ConvertedTool[] {
  return Object.values(paths).flatMap((methods) =>
    Object.values(methods).flatMap((operation) => (operation.operationId ? [converted(operation, operation.operationId)] : [])),
  );
}

/** The address that is asked when a model calls a tool; what the document does not name is left out, as is what is empty. */
export function addressOf({ paths }: ToolServerDocument, tool: string, given: Readonly<Record<string, Argument>>): string {
  for (const [path, methods] of Object.entries(paths)) {
    for (const { operationId, parameters = [] } of Object.values(methods)) {
      if (operationId !== tool) continue;
      const query = new URLSearchParams();
      for (const { name = "", in: place } of parameters) {
        const value = given[name];
        if (place !== "query" || value === undefined || value === null || value === "") continue;
        query.set(name, asPython(value));
      }
      return query.size === 0 ? path : `${path}?${query}`;
    }
  }
  throw new Error(`the document has no ${tool}`);
}

function converted({ description, summary, parameters = [] }: Operation, name: string): ConvertedTool {
  const named = parameters.flatMap((each) => (each.name === undefined ? [] : [{ ...each, name: each.name }])); // others are references
  return {
    name,
    description: description || summary || "No description available.",
    parameters: {
      type: "object",
      properties: Object.fromEntries(
        named.map(({ name: parameter, schema = {}, description: told = "" }) => {
          const values = schema.enum === undefined ? "" : `. Possible values: ${schema.enum.join(", ")}`;
          return [parameter, { type: schema.type ?? "string", description: `${schema.description || told}${values}` }];
        }),
      ),
      required: named.filter(({ required }) => required === true).map(({ name: parameter }) => parameter),
    },
  };
}

/** str() of what json.loads made. */
function asPython(value: Exclude<Argument, null>): string {
  if (typeof value === "boolean") return value ? "True" : "False";
  return typeof value === "object" ? `[${value.map((item) => `'${item}'`).join(", ")}]` : String(value);
}
