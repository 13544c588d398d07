import type { RoutedServerBody } from "@nodekeeper/shared/api";
import { describe, expect, it } from "vitest";
import { cellsOf, isRowMatch, kindWord, leftOutText, loadedOnText, type ModelRow, servingText } from "./route-words.ts";

function aServer(name: string, more: Partial<RoutedServerBody> = {}): RoutedServerBody {
  return {
    ...{ name, reach: "up", witness: "agent", isStale: false, kinds: ["generation"], unknownKinds: [], isServing: true },
    ...{ text: "it answers", loadedModels: [], loaded: [] },
    ...more,
  };
}

const row: ModelRow = {
  ...{ model: "granite4:3b", kind: "generation", servers: ["neko", "lynx"] },
  standings: [
    { server: "neko", standing: "loaded" },
    { server: "lynx", standing: "unloads" },
    { server: "siberian", standing: "left-out" },
    { server: "pi", standing: "left-out" },
    { server: "panther", standing: "left-out" },
  ],
};

describe("cellsOf", () => {
  it("says where a model goes first, second, and why not elsewhere", () => {
    const servers = [
      ...[aServer("neko"), aServer("lynx"), aServer("siberian", { isServing: false })],
      ...[aServer("pi", { kinds: ["embeddings"] }), aServer("panther")],
    ];
    const cells = cellsOf(row, new Map(servers.map((server) => [server.name, server])));

    expect(cells.map(({ server, place, word }) => [server, place, word])).toEqual([
      ["neko", 1, "loaded"],
      ["lynx", 2, "unloads others"],
      ["siberian", undefined, "not now"],
      ["pi", undefined, "not for it"],
      ["panther", undefined, "never"],
    ]);
    expect(leftOutText(cells)).toBe("1 never, 1 not for it, 1 not now");
  });
});

describe("servers", () => {
  it("are named by what they serve now", () => {
    expect(servingText([aServer("neko"), aServer("lynx", { isServing: false })])).toBe(
      "generation by neko; embeddings by nobody",
    );
    expect(servingText(Array.from({ length: 8 }, (_, index) => aServer(`n${index}`)))).toContain("n5 and 2 more; ");
    expect([
      kindWord(aServer("neko"), "generation"),
      kindWord(aServer("neko"), "embeddings"),
      kindWord(aServer("neko", { isServing: false }), "generation"),
      kindWord(aServer("neko", { kinds: [], unknownKinds: ["generation"] }), "generation"),
    ]).toEqual(["yes", "no", "not now", "not known"]);
  });

  it("say of what they have loaded how it is used, as far as that is known", () => {
    const nowMs = Date.UTC(2026, 10, 22, 12);
    const lastUsedAt = new Date(nowMs - 20_000).toISOString();

    expect(loadedOnText({ model: "granite4:3b", isKept: false, isInUse: false, lastUsedAt, slots: 4 }, nowMs)).toBe(
      "granite4:3b, used 20 s ago, 4 requests at once",
    );
    expect(loadedOnText({ model: "bge", isKept: true, isInUse: true, slots: 1 }, nowMs)).toBe(
      "bge, in use, stays, one request at once",
    );
    expect(loadedOnText({ model: "bge", isKept: false, isInUse: false }, nowMs)).toBe("bge");
  });
});

describe("isRowMatch", () => {
  it("finds a model by its name and by who has it", () => {
    expect([isRowMatch(row, "GRANITE neko"), isRowMatch(row, ""), isRowMatch(row, "qwen")]).toEqual([true, true, false]);
  });
});
