import type { GpuUsage, Problem } from "@nodekeeper/shared/api";
import { describe, expect, it } from "vitest";
import { createNodeUsage } from "../../gpu-usage/node-usage.ts";
import { noRouting } from "../../routing/no-routing.ts";
import { aBackend } from "../../routing/test-support.ts";
import { startApi } from "../test-support/api-harness.ts";

const path = "/api/v1/gpus/usage";

describe("GET /api/v1/gpus/usage", () => {
  it("tells of all, or of one node or server", async () => {
    const [neko, panther] = [createNodeUsage("neko"), createNodeUsage("panther")];
    const stays = new Map([["granite4:3b", { contextLengthTokens: 4096, expiresAtMs: Number.POSITIVE_INFINITY }]]);
    const origin = { atMs: Date.now(), goodForMs: 60_000, witness: "agent", run: "1" } as const;
    for (const usage of [neko, panther]) usage.takeModels({ ...origin, loaded: stays }, false);
    const gpuUsage = { all: () => [neko, panther], of: (name: string) => (name === "neko" ? neko : undefined) };
    await using api = await startApi({ gpuUsage, routing: { ...noRouting, backends: () => [aBackend("studio")], explain } });

    expect((await api.json<GpuUsage>(path)).models.map(({ node }) => node)).toEqual(["neko", "panther"]);
    expect((await api.json<GpuUsage>(`${path}?node=neko&hours=1&days=30`)).models).toMatchObject([
      { node: "neko", model: "granite4:3b", isLoaded: true, loadedSeconds: 0, loads: 0, reloads: 0, evictions: 0 },
    ]);
    expect(await api.json<GpuUsage>(`${path}?node=studio`)).toMatchObject({ gpus: [], models: [], gpusLeftOut: 0 });
  });

  it.each([
    ["hours=0", 400, "hours"],
    ["hours=25", 400, "hours"],
    ["days=31", 400, "days"],
    ["hours=x", 400, "hours"],
    ["node=nobody", 404, "nobody"],
  ])("refuses %s with %i, and says what is wrong", async (query, status, word) => {
    await using api = await startApi();

    const answer = await api.get(`${path}?${query}`);
    expect(answer.status).toBe(status);
    const problem: Problem = JSON.parse(answer.text);
    expect(problem.detail).toContain(word);
  });
});

function explain(): never {
  throw new Error("nobody asks for a route here");
}
