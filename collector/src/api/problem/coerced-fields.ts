/** What the validator made of a body beside checking it: texts of a query are numbers by nature, fields of a JSON body are what they are. */
import { isDeepStrictEqual } from "node:util";

/** What is wrong with the fields that it took for something else, e.g. null for false; empty where there is none. */
export function coercedFields(given: unknown, taken: unknown): readonly string[] {
  if (!isObject(given) || !isObject(taken)) return [];
  return Object.entries(given)
    .filter(([name, value]) => !isDeepStrictEqual(value, taken[name]))
    .map(([name, value]) => `field "${name}": ${JSON.stringify(value)?.slice(0, 64)} is not of the type that it must have`);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
