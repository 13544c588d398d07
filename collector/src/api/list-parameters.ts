/** Query parameters that are lists: `a,b` and `a&…=b` mean the same. */
import type { Route } from "./route.ts";

/** Their names. */
export function listParametersOf({ queryParameters }: Route): readonly string[] {
  return Object.entries(queryParameters?.properties ?? {}).flatMap(([name, schema]) =>
    "type" in schema && schema.type === "array" ? [name] : [],
  );
}

/** Makes lists of them, in place. */
export function splitLists(query: unknown, names: readonly string[]): void {
  const values = query as Record<string, string | readonly string[]>; // a parser of queries made it
  for (const name of names) {
    const given = values[name];
    if (given !== undefined) values[name] = [given].flat().flatMap((text) => text.split(","));
  }
}
