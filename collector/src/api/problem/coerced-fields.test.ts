import { describe, expect, it } from "vitest";
import { coercedFields } from "./coerced-fields.ts";

describe("coercedFields", () => {
  it("names fields that were taken for something else, and no others", () => {
    const given = { isImmediate: null, forSeconds: "60", reason: "x", scope: { node: 1 } };

    expect(coercedFields(given, { isImmediate: false, forSeconds: 60, reason: "x", scope: { node: "1" } })).toEqual([
      'field "isImmediate": null is not of the type that it must have',
      'field "forSeconds": "60" is not of the type that it must have',
      'field "scope": {"node":1} is not of the type that it must have',
    ]);
    expect(coercedFields(given, given)).toEqual([]);
    expect(coercedFields(undefined, undefined)).toEqual([]);
  });
});
