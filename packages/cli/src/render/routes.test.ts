import type { RouteExplanation, RouteTableBody } from "@nodekeeper/shared/api";
import { describe, expect, it } from "vitest";
import { createTerminal } from "../terminal.ts";
import { renderRouteExplanation, renderRoutes } from "./routes.ts";

const plain = createTerminal({ isTerminal: true, columns: 140, env: { NO_COLOR: "1" } });
const nowMs = Date.UTC(2026, 10, 22, 12);
const at = (secondsAgo: number): string => new Date(nowMs - secondsAgo * 1_000).toISOString();

describe("renderRoutes", () => {
  it("says of each server what it has loaded and when that was used last", () => {
    const use = { isKept: false, isInUse: false };
    const table: RouteTableBody = {
      ...{ version: 1, madeAt: at(0), models: [] },
      servers: [
        {
          ...{ name: "siberian", reach: "up", since: at(3_600), witness: "agent", isStale: false, kinds: ["generation"] },
          ...{ isServing: true, text: "it answers", loadedModels: ["a", "b", "c"], unknownKinds: [] },
          loaded: [
            { ...use, model: "a", lastUsedAt: at(20) },
            { ...use, model: "b", isKept: true },
            { ...use, model: "c" },
          ],
        },
      ],
    };

    expect(renderRoutes(plain, table, nowMs).replaceAll(/\s+/g, " ")).toContain(
      "a (used about 20 s ago), b (stays), c (last use not known)",
    );
  });
});

describe("renderRouteExplanation", () => {
  it("says how many requests each server answers at once, and why it is where it is", () => {
    const candidate = { unload: [], wouldUnload: [], isStale: false };
    const explanation: RouteExplanation = {
      ...{ model: "qwen3:8b", kind: "generation", server: "siberian", text: "qwen3:8b goes to siberian", tableVersion: 1 },
      candidates: [
        {
          ...candidate,
          server: "siberian",
          standing: "unloads",
          slots: 4,
          text: "it fits when Ollama has unloaded a (a: used about 20 s ago)",
        },
        { ...candidate, server: "panther", standing: "untold", text: "whether it fits is not known", isStale: true },
      ],
    };

    expect(
      renderRouteExplanation(plain, explanation)
        .split("\n")
        .map((line) => line.trim().replaceAll(/\s{2,}/g, " | ")),
    ).toEqual([
      "qwen3:8b goes to siberian",
      "",
      "SERVER | STANDING | AT ONCE | WHY",
      "siberian | unloads | 4 | it fits when Ollama has unloaded a (a: used about 20 s ago)",
      "panther | untold | ? | whether it fits is not known (its agent is silent)",
    ]);
  });
});
