import { aModel } from "@nodekeeper/shared/test-support";
import { describe, expect, it } from "vitest";
import type { Backend } from "./backend.ts";
import { type RouteRequest, routeOf } from "./route.ts";
import type { Standing } from "./standing.ts";
import { aBackend, nowMs, smallCard } from "./test-support.ts";

const model = (name: string, gib: number, more = {}) => ({ name, value: aModel(gib, { digest: `sha256:${name}`, ...more }) });
const eight = model("llama3.1:8b", 5);
const chat: RouteRequest = { model: "llama3.1:8b", role: "generation" };
const loaded = { name: "llama3.1:8b", sizeGib: 6, vramGib: 6 };
const holds = [{ pid: 1, gib: 6 }];

function standings(request: RouteRequest, backends: readonly Backend[]): readonly (readonly [string, Standing])[] {
  return routeOf(request, backends, nowMs).candidates.map(({ backend, standing }) => [backend, standing]);
}

describe("feature 71: where a request for a model goes", () => {
  it("goes where it is loaded, rather than where there is more room", () => {
    const backends = [
      aBackend("empty", { models: [eight] }),
      aBackend("warm", { models: [eight], loaded: [loaded], processes: holds }),
    ];

    expect(routeOf(chat, backends, nowMs)).toMatchObject({
      backend: "warm",
      text: "llama3.1:8b goes to warm: it is loaded there",
    });
  });

  it("never goes to a card that is too small, not even when that is all there is", () => {
    const panther = aBackend("panther", { models: [eight], gpus: smallCard });

    expect(standings(chat, [panther, aBackend("siberian", { models: [eight] })])).toEqual([
      ["siberian", "fits"],
      ["panther", "left-out"],
    ]);
    expect(routeOf(chat, [panther], nowMs)).toMatchObject({
      text: "no server can take llama3.1:8b: panther: it needs 5.5 GiB and does not fit whole: it has 4.0 GiB of which 1.0 GiB stay free",
    });
  });

  it("prefers beside the others, then a GPU that sleeps, then one that must unload", () => {
    const asleep = { value: { power: "asleep" } };
    const full = { loaded: [{ name: "other", sizeGib: 12, vramGib: 12 }], processes: [{ pid: 1, gib: 12 }] };
    const backends = [
      aBackend("unloads", { models: [eight], ...full }),
      aBackend("asleep", { models: [eight], gpus: [asleep] }),
      aBackend("fits", { models: [eight] }),
    ];

    expect(standings(chat, backends)).toEqual([
      ["fits", "fits"],
      ["asleep", "asleep"],
      ["unloads", "unloads"],
    ]);
    expect(routeOf(chat, backends.slice(0, 1), nowMs).candidates[0]?.wouldUnload).toMatchObject([{ model: "other" }]);
  });

  it("prefers a runner with the same context, and says where one would be loaded anew", () => {
    const withContext = (name: string, tokens: number): Backend =>
      aBackend(name, {
        ...{ models: [eight], loaded: [{ ...loaded, contextLengthTokens: tokens }], processes: holds },
      });
    const backends = [withContext("short", 4096), withContext("long", 8192)];

    expect(standings({ ...chat, contextLengthTokens: 8192 }, backends)).toEqual([
      ["long", "loaded"],
      ["short", "reloads"],
    ]);
    expect(standings({ ...chat, contextLengthTokens: 4096 }, backends)[0]).toEqual(["short", "loaded"]);
  });

  it("takes a name without a tag, or in capitals, for the same model, and an alias of the same weights for loaded", () => {
    const weights = { weightsDigest: "sha256:w" };
    const models = [model("llama3.1:8b", 5, weights), model("helper:latest", 5, weights)];
    const backend = aBackend("warm", { models, loaded: [{ ...loaded, overrides: {} }], processes: holds });

    expect(standings({ ...chat, model: "Helper" }, [backend])).toEqual([["warm", "loaded"]]);
    expect(standings({ ...chat, model: "helper:8b" }, [backend])).toEqual([["warm", "left-out"]]);
  });

  it("avoids what lies on the CPU while another can take it, and uses it when none can", () => {
    const fallback = aBackend("fallback", { models: [eight], loaded: [loaded] }); // the driver knows of nothing
    const partly = aBackend("partly", { models: [eight], loaded: [{ ...loaded, vramGib: 3 }], processes: [{ pid: 1, gib: 3 }] });

    expect(standings(chat, [fallback, partly, aBackend("fits", { models: [eight] })])[0]).toEqual(["fits", "fits"]);
    expect(routeOf(chat, [partly], nowMs)).toMatchObject({ backend: "partly" });
    expect(standings(chat, [fallback])).toEqual([["fallback", "on-cpu"]]);
  });

  it("uses a machine without a GPU last, where the policy has it serve", () => {
    const backends = [aBackend("cpu", { models: [eight], gpus: [] }), aBackend("gpu", { models: [eight] })];

    expect(standings(chat, backends)).toEqual([
      ["gpu", "fits"],
      ["cpu", "on-cpu"],
    ]);
  });

  it.each<{ name: string; overrides: Partial<Backend>; text: string }>([
    {
      name: "that does not answer",
      overrides: { reach: { kind: "down", sinceMs: 0, problem: "connection refused" } },
      text: "it does not answer: connection refused",
    },
    {
      name: "whose GPU is kept",
      overrides: { reservation: { by: "mika", reason: "a game" } },
      text: "its GPU is kept for mika (a game)",
    },
    {
      name: "that is not for the role",
      overrides: { roles: { generation: { word: "no", because: "4 GiB" }, embeddings: { word: "yes", because: "" } } },
      text: "it is not for generation: 4 GiB",
    },
  ])("leaves out a server $name, and says why", ({ overrides, text }) => {
    const route = routeOf(chat, [aBackend("one", { models: [eight] }, overrides)], nowMs);

    expect(route.backend).toBeUndefined();
    expect(route.candidates).toMatchObject([{ standing: "left-out", text }]);
  });

  it("leaves out one whose memory a game holds, and one without the model", () => {
    const game = [{ pid: 9, name: "game.exe", purpose: "game", gib: 12 }];
    const backends = [aBackend("game", { models: [eight], processes: game }), aBackend("without", { models: [] })];

    const route = routeOf(chat, backends, nowMs);
    expect(route.backend).toBeUndefined();
    expect(route.text).toContain("it would without game.exe (game, 12.0 GiB)");
    expect(route.text).toContain("without: it does not have the model");
  });

  it("says that no server has the model, whatever else is in their way", () => {
    const backends = [
      aBackend("down", { models: [] }, { reach: { kind: "down", sinceMs: 0, problem: "refused" } }),
      aBackend("well", { models: [] }),
    ];

    expect(routeOf(chat, backends, nowMs).text).toBe(`no Ollama server has ${chat.model}`);
    const silent = aBackend("silent", { models: [] }, { isStale: true, reach: { kind: "down", sinceMs: 0, problem: "refused" } });
    expect(routeOf(chat, [...backends, silent], nowMs).text).toContain("silent: it does not answer");
  });

  it("sends embeddings only to the same digest, that of most servers or the one that is asked for", () => {
    const embed = (digest: string) => ({ models: [{ name: "nomic", value: aModel(0.5, { digest }) }] });
    const backends = [aBackend("a", embed("sha256:1")), aBackend("b", embed("sha256:2")), aBackend("c", embed("sha256:1"))];
    const request: RouteRequest = { model: "nomic", role: "embeddings" };

    expect(standings(request, backends)).toEqual([
      ["a", "fits"],
      ["c", "fits"],
      ["b", "left-out"],
    ]);
    expect(routeOf({ ...request, digest: "sha256:2" }, backends, nowMs).backend).toBe("b");
    expect(routeOf({ ...request, digest: "sha256:3" }, backends, nowMs).backend).toBeUndefined();
  });

  it("sends embeddings nowhere rather than to other weights while who has the right ones is kept or silent", () => {
    const embed = (digest: string) => ({ models: [{ name: "nomic", value: aModel(0.5, { digest }) }] });
    const request: RouteRequest = { model: "nomic", role: "embeddings" };
    const b = aBackend("b", embed("sha256:2"));
    const kept = aBackend("a", embed("sha256:1"), { reservation: { by: "game.exe", reason: "" } });
    const route = routeOf(request, [kept, b], nowMs);

    expect(route.backend).toBeUndefined();
    expect(route.text).toContain("its GPU is kept for game.exe");
    expect(route.text).toContain("b: its model of this name has another digest");
    expect(routeOf(request, [kept, b, aBackend("c", embed("sha256:2"))], nowMs).backend).toBe("b");
    const chats = { ...kept, roles: { ...b.roles, embeddings: { word: "no", because: "policy" } as const } };
    expect(routeOf(request, [chats, b], nowMs).backend).toBe("b");
  });

  it("prefers who is not held back by heat, and who was heard of lately, among equals", () => {
    const backends = [
      aBackend("hot", { models: [eight] }, { slowedSinceMs: nowMs }),
      aBackend("silent", { models: [eight] }, { isStale: true }),
      aBackend("well", { models: [eight] }),
    ];

    expect(standings(chat, backends).map(([name]) => name)).toEqual(["well", "silent", "hot"]);
  });

  it("would rather unload what was used longest ago than fewer, and says when that was", () => {
    const full = (name: string, leftSeconds: readonly number[]): Backend =>
      aBackend(name, {
        models: [eight],
        loaded: leftSeconds.map((left, at) => ({ name: `old-${at}`, sizeGib: 6, vramGib: 6, expiresInMs: left * 1_000 })),
        processes: leftSeconds.map((_, at) => ({ pid: at + 1, gib: 6 })),
        settings: { maximumLoadedModelCount: 1, parallelCount: 4 },
      });
    const { candidates, text } = routeOf(chat, [full("recent", [280]), full("idle", [30, 60])], nowMs);

    expect(candidates.map(({ backend, slots }) => [backend, slots])).toEqual([
      ["idle", 4],
      ["recent", 4],
    ]);
    expect(text).toContain("old-0: used about 4 min 30 s ago; old-1: used about 4 min ago");
    expect(candidates[1]).toMatchObject({ wouldUnload: [{ model: "old-0", lastUsedAtMs: nowMs - 20_000 }] });
  });

  it("says that a model is loaded with another context than the server's own, and prefers one that is not", () => {
    const withContext = (name: string, tokens: number): Backend =>
      aBackend(name, { models: [eight], loaded: [{ ...loaded, contextLengthTokens: tokens }], processes: holds });
    const { candidates } = routeOf(chat, [withContext("a", 8_192), withContext("b", 4_096)], nowMs);

    expect(candidates.map(({ backend, standing, text }) => [backend, standing, text])).toEqual([
      ["b", "loaded", "it is loaded there"],
      ["a", "loaded", expect.stringContaining("of 4096, may load it anew")],
    ]);
  });

  it("asks the one that has it loaded as it is wanted where both have no GPU, and where nothing is known of the other", () => {
    const onCpu = (name: string, contextLengthTokens?: number): Backend =>
      aBackend(name, {
        ...{ models: [eight], gpus: [] },
        loaded: contextLengthTokens === undefined ? [] : [{ ...loaded, vramGib: 0, contextLengthTokens }],
      });
    const untold = aBackend("a-untold", { models: [eight], gpus: [], incomplete: ["gpu"] });
    const backends = [onCpu("a"), onCpu("b", 8_192), onCpu("c", 4_096), untold];

    expect(standings({ ...chat, contextLengthTokens: 4_096 }, backends)).toEqual([
      ["c", "on-cpu"],
      ["a-untold", "untold"],
      ["b", "on-cpu"],
      ["a", "on-cpu"],
    ]);
  });

  it("takes a model that runs elsewhere through any server, also one that sleeps or whose GPU is kept", () => {
    const cloud = { name: "gpt-oss:120b-cloud", value: { digest: "sha256:c", isRemote: true, capabilities: ["completion"] } };
    const backend = aBackend(
      "kept",
      { models: [cloud], gpus: [{ value: { power: "asleep" } }] },
      { reservation: { by: "mika", reason: "" } },
    );

    expect(routeOf({ ...chat, model: cloud.name }, [backend], nowMs).candidates).toMatchObject([
      { standing: "fits", text: "it runs elsewhere and takes no memory here" },
    ]);
  });

  it("sends embeddings to one server alone where none says a digest", () => {
    const embed = { models: [{ name: "nomic", value: aModel(0.5) }] };

    expect(standings({ model: "nomic", role: "embeddings" }, [aBackend("a", embed), aBackend("b", embed)])).toEqual([
      ["a", "fits"],
      ["b", "left-out"],
    ]);
  });

  it("knows no way where there is no server", () => {
    expect(routeOf(chat, [], nowMs)).toEqual({ text: "no Ollama server is known", candidates: [] });
  });
});
