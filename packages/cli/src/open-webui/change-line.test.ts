import { describe, expect, it } from "vitest";
import { secretNoteOfStep } from "./change-line.ts";

describe("secretNoteOfStep", () => {
  const before = { url: "http://far:1", config: { key: "sk-own" } };
  const after = { ...before, url: "http://near:1" };

  it("says where a secret goes, and not what it is", () => {
    expect(secretNoteOfStep({ kind: "replaced", before, after })).toEqual([
      "the key or headers of http://far:1 go to http://near:1 from now on",
    ]);
  });

  it("says nothing where there is none, and where nothing goes", () => {
    const bare = { url: "http://far:1", config: { enable: true, key: "" } };

    expect(secretNoteOfStep({ kind: "replaced", before: bare, after })).toEqual([]);
    expect(secretNoteOfStep({ kind: "removed", before, index: 0 })).toEqual([]);
  });
});
