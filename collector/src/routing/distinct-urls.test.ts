import { describe, expect, it } from "vitest";
import type { Backend } from "./backend.ts";
import { distinctUrls } from "./distinct-urls.ts";
import { aBackend } from "./test-support.ts";

const url = "http://100.64.0.5:11434";
const at = (name: string, more: Partial<Backend> = {}): Backend => aBackend(name, {}, { url, ...more });
const owners = (backends: readonly Backend[], before: readonly Backend[] = []): readonly string[] =>
  distinctUrls(backends, before).flatMap((backend) => (backend.url === undefined ? [] : [backend.name]));

describe("an address that several nodes say", () => {
  it("stays with the one that had it, whoever else names it", () => {
    expect(owners([at("liar"), at("siberian")], [at("siberian")])).toEqual(["siberian"]);
    expect(distinctUrls([at("liar"), at("siberian")], [at("siberian")])[0]?.reach).toEqual({
      ...{ kind: "unknown", problem: "siberian says the same address" },
    });
  });

  it("goes to the one that is heard where the other one is silent", () => {
    expect(owners([at("new"), at("old", { isStale: true })], [at("old")])).toEqual(["new"]);
  });

  it("is that of the first by name where nobody had it", () => {
    expect(owners([at("b"), at("a")])).toEqual(["a"]);
  });

  it("is no matter where each has its own, or none is known", () => {
    const { url: _, ...nowhere } = at("c");
    const backends = [aBackend("a"), aBackend("b"), nowhere, { ...nowhere, name: "d" }];

    expect(distinctUrls(backends, [])).toBe(backends);
  });
});
