/** Bodies in tests: none passes that is not of the form that its schema promises. */

import type { Static, TSchema } from "typebox";
import { Value } from "typebox/value";
import { expect } from "vitest";

/** What is wrong with a body by its schema. */
export function formProblems(schema: TSchema, body: unknown): readonly object[] {
  return [...Value.Errors(schema, body)];
}

/** The body of a success. */
export function expectBody<Schema extends TSchema>(schema: Schema, answer: { status: number; text: string }): Static<Schema> {
  expect(answer.status, answer.text).toBe(200);
  const body: unknown = JSON.parse(answer.text);
  expect(formProblems(schema, body)).toEqual([]);
  return body as Static<Schema>; // as was just found
}
