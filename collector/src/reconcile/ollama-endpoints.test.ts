import { type Fields, fieldsAt } from "@nodekeeper/shared";
import { describe, expect, it } from "vitest";
import type { Backend } from "../routing/backend.ts";
import { noRouting } from "../routing/no-routing.ts";
import { aBackend } from "../routing/test-support.ts";
import { startMs } from "../test-support/states.ts";
import { serviceBody, sliceBody } from "./endpoints/bodies.ts";
import { decideEndpoints } from "./endpoints/decide-endpoints.ts";
import { placeOf } from "./endpoints/place-of.ts";
import { planEndpoints, planPruneOfEndpoints } from "./endpoints/plan-endpoints.ts";
import { seeEndpoints } from "./endpoints/see-endpoints.ts";
import type { ServiceObjects } from "./endpoints/service-objects.ts";
import type { Operation } from "./reconciler.ts";
import { domain, worldOf } from "./test-support/world-of.ts";
import type { World } from "./world.ts";

const key = "ollama-generation";
const address = "100.64.0.5";
const isTrue = { text: "true", evaluate: () => ({ kind: "value", value: true }) } as never; // decisions do not evaluate it
const service = withMetadata(serviceBody(key, domain), { uid: "u", resourceVersion: "1" });

function siberian(more: Partial<Backend> = {}): Backend {
  return aBackend("siberian", {}, { url: `http://${address}:11434`, ...more });
}

function objectsOf(endpoints: Readonly<Record<string, string>> | undefined, own: Fields | undefined = service): ServiceObjects {
  const slice = endpoints && sliceBody("IPv4", new Map(Object.entries(endpoints)), service, domain);
  return { service: own, slices: new Map(slice === undefined ? [] : [["IPv4", slice]]) };
}

interface Scene {
  readonly backends?: readonly Backend[];
  /** Those that are in the routes. */
  readonly serving?: readonly string[];
  readonly objects?: ServiceObjects | undefined;
  readonly isRouted?: boolean;
  readonly startedAfterMs?: number;
}

function aWorld({
  backends = [],
  serving = [],
  objects = objectsOf({}),
  isRouted = true,
  startedAfterMs = -600_000,
}: Scene): World {
  const generation = serving.map((name) => ({ name, url: backends.find((each) => each.name === name)?.url ?? "" }));
  return worldOf({
    startedAfterMs,
    policy: { routing: { generation: isRouted ? isTrue : undefined, embeddings: undefined, servers: [] } },
    routing: { backends: () => backends, table: { ...noRouting.table, version: 1, serving: { generation, embeddings: [] } } },
    services: { of: () => objects },
  });
}

function planned(scene: Scene): readonly Operation[] {
  const { objects = objectsOf({}) } = scene;
  return planEndpoints(decideEndpoints(aWorld(scene), key), seeEndpoints(key, objects, domain));
}

const short = ({ item, kind, class: is, after, why }: Operation) => [kind, item, after, is, why.isDeclared ?? false];

describe("ollama-endpoints", () => {
  it("wants the Service and the servers of the routes", () => {
    const scene = { backends: [siberian()], serving: ["siberian"], objects: { service: undefined, slices: new Map() } };

    expect(planned(scene).map(short)).toEqual([
      ["set", "service", "http:11434", "describe", true],
      ["set", address, "siberian", "describe", true],
    ]);
    expect(planned({ ...scene, objects: objectsOf({ [address]: "siberian" }) })).toEqual([]);
  });

  it("makes no Service where there is no server for it", () => {
    expect(planned({ objects: { service: undefined, slices: new Map() } })).toEqual([]);
  });

  it.each<[string, Partial<Backend>]>([
    ["does not answer", { reach: { kind: "down", sinceMs: startMs, problem: "no answer within 1.5 s" } }],
    ["is kept for somebody", { reservation: { by: "ana", reason: "a game" } }],
    [
      "is not for such requests",
      { roles: { generation: { word: "no", because: "small" }, embeddings: siberian().roles.embeddings } },
    ],
    [
      "does not answer, and nobody knows what it is for",
      {
        reach: { kind: "down", sinceMs: startMs, problem: "refused" },
        roles: { generation: { word: "undecided", because: "silent" }, embeddings: siberian().roles.embeddings },
      },
    ],
  ])("takes a server out at once that %s", (_, more) => {
    const steps = planned({ backends: [siberian(more)], objects: objectsOf({ [address]: "siberian" }) });

    expect(steps.map(short)).toEqual([["remove", address, undefined, "describe", true]]);
  });

  it("takes a server out while a game keeps its GPU, says who it is, and puts it back", () => {
    const [full, empty] = [objectsOf({ [address]: "siberian" }), objectsOf({})];
    const kept = [siberian({ reservation: { by: "game.exe", reason: "" } })];

    expect(planned({ backends: kept, objects: full })).toMatchObject([
      { kind: "remove", item: address, why: { text: "the GPU of siberian is kept for game.exe" } },
    ]);
    expect(planned({ backends: kept, objects: empty })).toEqual([]);
    expect(planned({ backends: [siberian()], serving: ["siberian"], objects: empty }).map(short)).toEqual([
      ["set", address, "siberian", "describe", true],
    ]);
  });

  it.each<[string, readonly Backend[], number]>([
    ["was not asked yet", [siberian({ reach: { kind: "unknown", problem: "it was not asked yet" } })], -600_000],
    [
      "is of a silent agent",
      [siberian({ roles: { generation: { word: "undecided", because: "silent" }, embeddings: siberian().roles.embeddings } })],
      -600_000,
    ],
    ["was not heard of since the start", [], -1_000],
    ["nobody says the address of", [{ ...aBackend("siberian"), url: undefined } as never], -600_000],
  ])("leaves a server in that %s", (_, backends, startedAfterMs) => {
    const scene = { backends, startedAfterMs, objects: objectsOf({ [address]: "siberian" }) };

    expect(planned(scene)).toEqual([]);
    const decision = decideEndpoints(aWorld(scene), key);
    expect(decision.kind === "items" && decision.items.get(address)?.kind).toBe("hold");
  });

  it("takes out after the dwell whom nobody speaks of any more", () => {
    expect(planned({ objects: objectsOf({ [address]: "gone" }) }).map(short)).toEqual([
      ["remove", address, undefined, "describe", false],
    ]);
  });

  it("follows a server to another address", () => {
    const scene = { backends: [siberian()], serving: ["siberian"], objects: objectsOf({ "10.0.0.9": "siberian" }) };

    expect(planned(scene).map(short)).toEqual([
      ["set", address, "siberian", "describe", true],
      ["remove", "10.0.0.9", undefined, "describe", true],
    ]);
  });

  it("puts back what somebody did to a slice", () => {
    const { slices } = objectsOf({ [address]: "siberian" });
    const slice = slices.get("IPv4") ?? {};
    const endpoints = [{ addresses: [address], conditions: { ready: false } }, { addresses: ["10.6.6.6"] }];
    const objects = { service, slices: new Map([["IPv4" as const, { ...slice, endpoints }]]) };

    expect(planned({ backends: [siberian()], serving: ["siberian"], objects }).map(short)).toEqual([
      ["repair", address, "siberian", "describe", true],
      ["remove", "10.6.6.6", undefined, "describe", true],
    ]);
  });

  it.each<[string, ServiceObjects]>([
    ["Service", { service: { metadata: { name: key, uid: "x" } }, slices: new Map() }],
    ["slice", { service: undefined, slices: new Map([["IPv6", { metadata: { name: `${key}-ipv6` } }]]) }],
  ])("touches nothing while there is a %s that is not ours, and says so", (_, objects) => {
    const scene = { backends: [siberian()], serving: ["siberian"], objects };
    const seen = seeEndpoints(key, objects, domain);

    expect(planned(scene)).toEqual([]);
    expect(planPruneOfEndpoints(seen)).toEqual([]);
    expect(seen.problem).toContain("is not ours, and stays as it is");
  });

  it("takes the Service away, with what is behind it, only as a restriction", () => {
    const steps = planned({ isRouted: false, objects: objectsOf({ [address]: "siberian" }) });

    expect(steps.map(short)).toEqual([
      ["remove", "service", undefined, "restrict", false],
      ["remove", address, undefined, "restrict", false],
    ]);
  });

  it("knows as its own what it wrote under another domain, and writes it anew", () => {
    const seen = seeEndpoints(key, objectsOf({ [address]: "siberian" }), "new.example");

    expect(seen.foreign).toEqual([]);
    expect([...seen.items.values()].map(({ value }) => value)).toEqual([
      "http:11434 (changed by somebody)",
      "siberian (changed by somebody)",
    ]);
  });

  it("says nodes of no endpoint, and of each that it is ready", () => {
    const slice = sliceBody("IPv6", new Map([["fd7a:115c:a1e0::5", "siberian"]]), service, domain);

    expect(slice).toMatchObject({
      addressType: "IPv6",
      endpoints: [{ addresses: ["fd7a:115c:a1e0::5"], conditions: { ready: true, serving: true, terminating: false } }],
    });
    expect(JSON.stringify(slice)).not.toContain("nodeName");
  });
});

describe("the place of a server", () => {
  it.each([
    ["http://100.64.0.5:11434", "100.64.0.5"],
    ["http://[fd7a:115c:a1e0::5]:11434", "fd7a:115c:a1e0::5"],
  ])("of %s is an address", (url, address) => {
    expect(placeOf(url)).toEqual({ kind: "address", address });
  });

  it.each([
    ["http://ollama.lan:11434", /IP addresses only/],
    ["http://10.0.0.1:8080", /not on the port 11434/],
    ["http://10.0.0.1", /not on the port 11434/],
    ["https://10.0.0.1:11434", /TLS/],
    ["http://127.0.0.1:11434", /no such address/],
    ["http://[fe80::1]:11434", /no such address/],
  ])("of %s is left out with a reason", (url, reason) => {
    expect(placeOf(url)).toEqual({ kind: "left-out", reason: expect.stringMatching(reason) });
  });

  it("is a held item of the server's name", () => {
    const decision = decideEndpoints(
      aWorld({ backends: [siberian({ url: "http://ollama.lan:11434" })], serving: ["siberian"] }),
      key,
    );

    expect(decision.kind === "items" && decision.items.get("siberian")).toMatchObject({ kind: "hold" });
  });
});

function withMetadata(object: Fields, more: Fields): Fields {
  return { ...object, metadata: { ...fieldsAt(object, "metadata"), ...more } };
}
