import { describe, expect, it } from "vitest";
import { createSharedPool } from "./shared-pool.ts";

describe("createSharedPool", () => {
  it("gives what was first put under a key", () => {
    const pool = createSharedPool<object>(10);
    const first = {};

    pool("a", () => first);

    expect(pool("a", () => ({}))).toBe(first);
  });

  it("keeps what is asked for again and again, and forgets the rest", () => {
    const pool = createSharedPool<object>(10);
    const [common, rare] = [{}, {}];
    pool("rare", () => rare);

    for (let index = 0; index < 100; index += 1) {
      pool(`unique ${index}`, () => ({}));
      expect(pool("common", () => common)).toBe(common);
    }

    expect(pool("common", () => ({}))).toBe(common);
    expect(pool("rare", () => ({}))).not.toBe(rare);
  });
});
