import { describe, expect, it } from "vitest";
import { createVerifiedTokens, type VerifiedToken } from "./verified-tokens.ts";

function token(name: string): VerifiedToken {
  return {
    ...{ hash: name, keyId: "key", node: name, credentialId: `${name}/1`, expiresAtMs: 1 },
    ...{ review: { kind: "none" }, reviewedAtMs: undefined, watchers: new Set() },
  };
}

describe("verified tokens", () => {
  it("are bounded: the longest unused goes first", () => {
    const tokens = createVerifiedTokens(2);
    tokens.add(token("a"));
    tokens.add(token("b"));

    tokens.get("a");
    tokens.add(token("c"));

    expect(tokens.list().map(({ hash }) => hash)).toEqual(["a", "c"]);
    expect(tokens.ofCredential("b/1")).toBeUndefined();
    expect(tokens.ofCredential("a/1")?.hash).toBe("a");
  });

  it("stay while somebody watches them", () => {
    const tokens = createVerifiedTokens(2);
    const watched = tokens.add(token("watched"));
    watched.watchers.add(() => undefined);

    for (const name of ["a", "b", "c"]) tokens.add(token(name));

    expect(tokens.list().map(({ hash }) => hash)).toEqual(["watched", "c"]);
  });
});
