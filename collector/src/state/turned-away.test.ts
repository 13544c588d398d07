import { settle } from "@nodekeeper/shared/test-support";
import { describe, expect, it } from "vitest";
import { createTurnedAway } from "./turned-away.ts";

const attempt = { code: "IDENTITY_REFUSED", message: "no such token", address: "10.0.0.9", machineId: "m" };

describe("agents that were turned away", () => {
  it("are told apart by machine and reason, newest first, with how often and how far apart", () => {
    const book = createTurnedAway();

    book.note("neko", attempt, 1_000);
    book.note("neko", { ...attempt, code: "IDENTITY_CLONED" }, 2_000);
    book.note("neko", attempt, 5_000);

    expect(book.of("neko")).toEqual([
      { ...attempt, count: 2, lastAtMs: 5_000, gapMs: 4_000 },
      { ...attempt, code: "IDENTITY_CLONED", count: 1, lastAtMs: 2_000, gapMs: undefined },
    ]);
    expect(book.of("panther")).toEqual([]);
  });

  it("are told of once a turn, by name", async () => {
    const book = createTurnedAway();
    const told: (readonly string[])[] = [];
    using _ = book.subscribe((names) => void told.push(names));

    book.note("neko", attempt, 1);
    book.note("panther", attempt, 2);
    book.note("neko", attempt, 3);
    await settle();

    expect(told).toEqual([["neko", "panther"]]);
  });

  it("are bounded, whatever names and machines are made up", () => {
    const book = createTurnedAway();

    for (let index = 0; index < 50; index += 1) book.note("neko", { ...attempt, machineId: `${index}` }, index);
    for (let index = 0; index < 2_000; index += 1) book.note(`made-up-${index}`, attempt, index);

    expect(book.of("made-up-1999")).toHaveLength(1);
    expect(book.of("made-up-0")).toEqual([]);
    book.note("neko", attempt, 9);
    for (let index = 0; index < 50; index += 1) book.note("neko", { ...attempt, machineId: `${index}` }, index);
    expect(book.of("neko")).toHaveLength(8);
  });
});
