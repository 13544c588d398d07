import type { SubjectBody } from "@nodekeeper/shared/api";
import { aModel } from "@nodekeeper/shared/test-support";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Backend } from "./backend.ts";
import { type RouteRequest, routeOf } from "./route.ts";
import { standings } from "./standing.ts";
import { aBackend, nowMs } from "./test-support.ts";

const gibibyte = 2 ** 30;
const wanted = "llama3.1:8b";

const isWanted = ({ kind, id }: SubjectBody): boolean => kind === "ollama_model" && id === wanted;

/** A server as chance will have it. */
const anyServer = fc.record({
  cardGib: fc.constantFrom(4, 8, 16, 24),
  gameGib: fc.integer({ min: 0, max: 24 }),
  others: fc.array(fc.record({ gib: fc.integer({ min: 1, max: 8 }), leftSeconds: fc.integer({ min: 1, max: 900 }) }), {
    maxLength: 3,
  }),
  loadedContext: fc.option(fc.constantFrom(4_096, 8_192), { nil: undefined }),
  vramPart: fc.constantFrom(0.3, 0.6, 1),
  digest: fc.constantFrom("sha256:a", "sha256:b", ""),
  hasModel: fc.boolean(),
  reach: fc.constantFrom("up", "unknown", "down"),
  isKept: fc.boolean(),
  isForRole: fc.boolean(),
  isStale: fc.boolean(),
  isSlowed: fc.boolean(),
  isAsleep: fc.boolean(),
  isDriverMute: fc.boolean(),
});
type AnyServer = typeof anyServer extends fc.Arbitrary<infer Value> ? Value : never;

const anyServers = fc
  .array(anyServer, { maxLength: 5 })
  .map((servers) => servers.map((server, at) => backendOf(`server-${at}`, server)));
const anyRequest: fc.Arbitrary<RouteRequest> = fc.record({
  model: fc.constantFrom(wanted, "LLAMA3.1:8B"),
  role: fc.constantFrom("generation", "embeddings"),
});

function backendOf(name: string, it: AnyServer): Backend {
  const reach = it.reach === "up" ? { kind: "up" as const, sinceMs: 0 } : { kind: it.reach, sinceMs: 0, problem: "no answer" };
  const word = { word: it.isForRole ? "yes" : "no", because: "the policy" } as const;
  // What is loaded lies within the card, in the order of the list, and a game has what is left.
  const sizes = [...it.others.map(({ gib }) => gib), ...(it.loadedContext === undefined ? [] : [6 * it.vramPart])];
  let leftGib = it.cardGib;
  const held = sizes.map((gib) => {
    const own = Math.min(gib, leftGib);
    leftGib -= own;
    return own;
  });
  const gameGib = Math.min(it.gameGib, leftGib);
  const usedBytes = (held.reduce((sum, gib) => sum + gib, 0) + gameGib) * gibibyte;
  return aBackend(
    name,
    {
      gpus: [
        {
          value: it.isAsleep ? { power: "asleep" } : {},
          statusValue: { memoryTotalBytes: it.cardGib * gibibyte, memoryReservedBytes: 0 },
          samples: { memory_used_bytes: usedBytes, memory_free_bytes: it.cardGib * gibibyte - usedBytes },
          status: it.isDriverMute ? { freshness: "stale" } : {},
        },
      ],
      models: it.hasModel ? [{ name: wanted, value: aModel(5, { digest: it.digest }) }] : [],
      loaded: [
        ...it.others.map(({ gib, leftSeconds }, at) => ({
          ...{ name: `other-${at}`, sizeGib: gib, vramGib: held[at] ?? 0, expiresInMs: leftSeconds * 1_000 },
        })),
        ...(it.loadedContext === undefined
          ? []
          : [{ name: wanted, sizeGib: 6, vramGib: held.at(-1) ?? 0, contextLengthTokens: it.loadedContext }]),
      ],
      processes: [
        ...held.map((gib, at) => ({ pid: at + 1, gib })),
        ...(gameGib === 0 ? [] : [{ pid: 99, name: "game.exe", purpose: "game", gib: gameGib }]),
      ],
    },
    {
      ...{ reach, isStale: it.isStale, roles: { generation: word, embeddings: word } },
      ...(it.isKept ? { reservation: { by: "mika", reason: "" } } : {}),
      ...(it.isSlowed ? { slowedSinceMs: nowMs } : {}),
    },
  );
}

describe("feature 71: wherever a request goes", () => {
  it("is a server that answers, is for it, is not kept for something else and has the model", () => {
    fc.assert(
      fc.property(anyServers, anyRequest, (servers, request) => {
        const { backend, candidates } = routeOf(request, servers, nowMs);
        const chosen = servers.find(({ name }) => name === backend);

        expect(candidates.map((each) => each.backend).sort()).toEqual(servers.map(({ name }) => name));
        if (chosen === undefined) return candidates.every(({ standing }) => standing === "left-out");
        expect(candidates[0]).toMatchObject({ backend });
        expect(candidates[0]?.standing).not.toBe("left-out");
        expect(chosen.reach.kind).not.toBe("down");
        expect(chosen.reservation).toBeUndefined();
        expect(chosen.roles[request.role].word).toBe("yes");
        return chosen.facts.subjects.some(isWanted);
      }),
      { numRuns: 300 },
    );
  });

  it("is the same whatever the order of the servers is, and whoever else does not answer", () => {
    const down: Partial<Backend> = { reach: { kind: "down", sinceMs: 0, problem: "no answer" } };
    fc.assert(
      fc.property(anyServers, anyRequest, anyServer, fc.integer({ min: 0, max: 5 }), (servers, request, other, turn) => {
        const route = routeOf(request, servers, nowMs);
        const turned = [...servers.slice(turn), ...servers.slice(0, turn)].toReversed();
        const more = routeOf(request, [...servers, { ...backendOf("another", other), ...down }], nowMs);

        expect(routeOf(request, turned, nowMs)).toEqual(route);
        // Whose weights stored embeddings were made with does not depend on who answers: there another one may decide.
        if (request.role === "generation") expect(more.backend).toBe(route.backend);
      }),
      { numRuns: 300 },
    );
  });

  it("is never a card of 4 GiB for an 8B, whatever is loaded there and whoever else there is", () => {
    fc.assert(
      fc.property(anyServers, anyServer, anyRequest, (servers, server, request) => {
        const small = backendOf("small", { ...server, cardGib: 4, reach: "up", isForRole: true, hasModel: true, isKept: false });
        const { backend, candidates } = routeOf(request, [...servers.filter(({ name }) => name !== "small"), small], nowMs);

        expect(backend).not.toBe("small");
        expect(candidates.find((each) => each.backend === "small")?.standing).toBe("left-out");
      }),
      { numRuns: 300 },
    );
  });

  it("gives embeddings of one digest alone", () => {
    fc.assert(
      fc.property(anyServers, (servers) => {
        const { candidates } = routeOf({ model: wanted, role: "embeddings" }, servers, nowMs);
        const digests = candidates
          .filter(({ standing }) => standing !== "left-out")
          .map((each) => servers.find(({ name }) => name === each.backend)?.facts.subjects.find(isWanted)?.value?.["digest"]);

        expect(new Set(digests).size).toBeLessThanOrEqual(1);
        if (digests.length > 1) expect(digests).not.toContain("");
      }),
      { numRuns: 300 },
    );
  });

  it("gives embeddings of the same digest, or none, whoever falls silent", () => {
    const digestOf = (servers: readonly Backend[]): unknown => {
      const { backend } = routeOf({ model: wanted, role: "embeddings" }, servers, nowMs);
      return servers.find(({ name }) => name === backend)?.facts.subjects.find(isWanted)?.value?.["digest"];
    };
    fc.assert(
      fc.property(anyServers, fc.integer({ min: 0, max: 4 }), (servers, at) => {
        const down: Partial<Backend> = { reach: { kind: "down", sinceMs: 0, problem: "no answer" } };
        const now = digestOf(servers);
        const then = digestOf(servers.map((server, index) => (index === at ? { ...server, ...down } : server)));

        return now === undefined || then === undefined || now === then;
      }),
      { numRuns: 300 },
    );
  });

  it("is judged no worse with less of a game on its GPU", () => {
    const rank = (server: AnyServer): number => {
      const usable = { ...server, reach: "up" as const, isForRole: true, hasModel: true, isKept: false, isDriverMute: false };
      const [candidate] = routeOf({ model: wanted, role: "generation" }, [backendOf("one", usable)], nowMs).candidates;
      return standings.indexOf(candidate?.standing ?? "left-out");
    };
    fc.assert(
      fc.property(anyServer, fc.integer({ min: 0, max: 24 }), (server, less) => {
        expect(rank({ ...server, gameGib: Math.max(0, server.gameGib - less) })).toBeLessThanOrEqual(rank(server));
      }),
      { numRuns: 500 },
    );
  });
});
