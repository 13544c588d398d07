import { describe, expect, it } from "vitest";
import { routes } from "../routes/index.ts";
import { formProblems } from "../test-support/expect-body.ts";
import { examples } from "./examples.ts";

describe("examples in the document", () => {
  it("are there for each answer in JSON", () => {
    const inJson = routes.filter(({ success }) => success.schema !== undefined && success.contentType === "application/json");

    expect(inJson.map(({ name }) => name).filter((name) => examples[name] === undefined)).toEqual([]);
  });

  it.each(Object.entries(examples))("are of the form that %s promises", (name, example) => {
    const schema = routes.find((route) => route.name === name)?.success.schema;

    expect(schema === undefined ? ["there is no such route"] : formProblems(schema, example)).toEqual([]);
  });
});
