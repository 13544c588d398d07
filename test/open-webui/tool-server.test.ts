/** The tool server as Open WebUI uses it: its document becomes tools, and what a model asks is answered small and in words that it can act on. */
import type { Problem } from "@nodekeeper/shared/api";
import { Validator } from "@seriousme/openapi-schema-validator";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ApiHarness } from "../../collector/src/api/test-support/api-harness.ts";
import { aFinding } from "../../collector/src/api/test-support/fake-findings.ts";
import { tools } from "../../collector/src/api/tools/index.ts";
import { addressOf, convertTools, type ToolServerDocument } from "./convert-tools.ts";
import { aGpuHouse } from "./gpu-house.ts";

interface Answer {
  readonly text: string;
  readonly more?: string;
  readonly gpus?: readonly { readonly node: string; readonly verdict: string; readonly freshness: string }[];
  readonly [name: string]: unknown;
}

let api: ApiHarness;
let document: ToolServerDocument;

beforeAll(async () => {
  const models = { "llama3.1:8b": 5, "llama3.3:70b": 43 };
  api = await aGpuHouse([
    { name: "siberian", gameGib: 12, models },
    { name: "panther", models: { "llama3.1:8b": 5, "nomic-embed-text:latest": 0.3 }, loaded: ["llama3.1:8b"] },
  ]);
  api.findings.put(aFinding("siberian"));
  document = JSON.parse((await api.get("/tools/openapi.json")).text) as ToolServerDocument;
});

afterAll(() => api[Symbol.asyncDispose]());

/** As Open WebUI asks when a model calls a tool. */
async function call(tool: string, given: Parameters<typeof addressOf>[2] = {}): Promise<Answer> {
  const { status, text, headers } = await api.get(`/tools${addressOf(document, tool, given)}`);
  expect(status, text).toBe(200);
  expect(headers.get("content-type")).toMatch(/^application\/json/);
  return JSON.parse(text) as Answer;
}

async function problemOf(path: string): Promise<Problem> {
  const { status, text } = await api.get(path);
  expect(status).toBeGreaterThanOrEqual(400);
  return JSON.parse(text) as Problem;
}

describe("/tools/openapi.json", () => {
  it("becomes a tool of every operation, described, with parameters that are typed and described", () => {
    const converted = convertTools(document);

    expect(converted.map(({ name }) => name)).toEqual(tools.map(({ name }) => name));
    for (const { name, description, parameters } of converted) {
      expect(name).toMatch(/^[a-z0-9_]+$/);
      expect(description.length, name).toBeGreaterThan(80);
      for (const [parameter, { type, description: told }] of Object.entries(parameters.properties)) {
        expect(type, parameter).toMatch(/^(string|number|integer|boolean)$/);
        expect(told.length, parameter).toBeGreaterThan(20);
      }
    }
    expect(converted.find(({ name }) => name === "find_free_gpu")?.parameters).toMatchObject({
      properties: {
        model: { type: "string" },
        min_free_vram_gib: { type: "number" },
        context_length_tokens: { type: "integer" },
      },
      required: [],
    });
    expect(converted.find(({ name }) => name === "explain_route")?.parameters).toMatchObject({
      properties: { kind: { type: "string", description: expect.stringContaining("Possible values: chat") } },
      required: ["model"],
    });
  });

  it("has only what the converter keeps: reads, parameters of the query, no reference, no list, no body", () => {
    const text = JSON.stringify(document);
    const operations = Object.values(document.paths).flatMap((methods) => Object.entries(methods));

    expect(text).not.toContain("$ref");
    expect(text).not.toContain('"array"');
    expect(operations.map(([method]) => method)).toEqual(operations.map(() => "get"));
    expect(operations.filter(([, { requestBody }]) => requestBody !== undefined)).toEqual([]);
    expect(operations.flatMap(([, { parameters = [] }]) => parameters).filter((each) => each.in !== "query")).toEqual([]);
  });

  it("is valid OpenAPI 3.1, and the API's own document does not list the tools again", async () => {
    const result = await new Validator().validate({ ...structuredClone(document) });
    const own = await api.json<ToolServerDocument>("/openapi.json");

    expect(result.errors).toBeUndefined();
    expect(Object.keys(own.paths).filter((path) => path.startsWith("/tools") || path === "/mcp")).toEqual([]);
  });

  it("is not sent again to who holds it", async () => {
    const { headers } = await api.get("/tools/openapi.json");
    const again = await api.get("/tools/openapi.json", { "if-none-match": headers.get("etag") ?? "" });

    expect(again).toMatchObject({ status: 304, text: "" });
  });
});

describe("tools", () => {
  it("list the GPUs, the freest first, and only the free ones where a model says True", async () => {
    const all = await call("list_gpus", { only_free: false });
    const free = await call("list_gpus", { only_free: true });

    expect(all.text).toMatch(/^2 GPUs: /);
    expect(all.text).toMatch(/read \d+ s ago$/);
    expect(all.gpus).toHaveLength(2);
    expect(all.gpus?.find(({ node }) => node === "siberian")).toMatchObject({
      ...{ verdict: "taken", free_gib: 4, freshness: "fresh", gpu: "RTX 5070 Ti", read_seconds_ago: expect.any(Number) },
      why: expect.stringContaining("game.exe"),
    });
    expect(free.gpus?.filter(({ verdict }) => verdict !== "now")).toEqual([]);
  });

  it("find a GPU for a model, and for a program", async () => {
    const forModel = await call("find_free_gpu", { model: "LLAMA3.1:8b", context_length_tokens: 4096 });
    const forProgram = await call("find_free_gpu", { min_free_vram_gib: 8 });

    expect(forModel.text).toContain("the RTX 5070 Ti of panther is free for llama3.1:8b now");
    expect(forModel.gpus?.map(({ node, verdict }) => [node, verdict])).toEqual([
      ["panther", "now"],
      ["siberian", "taken"],
    ]);
    expect(forProgram.gpus?.[0]).toMatchObject({ node: "panther", verdict: "now", free_gib: 11 });
  });

  it("tell whether a model fits, of the machines that have it", async () => {
    const small = await call("can_run_model", { model: "llama3.1:8b" });
    const large = await call("can_run_model", { model: "llama3.3:70b" });

    expect(small).toMatchObject({ model: "llama3.1:8b", answer: "yes", servers_with_it: 2 });
    expect(small.text).toContain("llama3.1:8b goes to panther: it is loaded there");
    expect(large).toMatchObject({ answer: "no", servers_with_it: 1 });
    expect(large.gpus?.map(({ node, verdict }) => [node, verdict])).toEqual([["siberian", "never"]]);
  });

  it("list what is loaded, and explain where a request goes", async () => {
    const loaded = await call("list_loaded_models");
    const route = await call("explain_route", { model: "llama3.1:8b", kind: "chat" });
    const embedding = await call("explain_route", { model: "nomic-embed-text", kind: "embeddings" });

    expect(loaded.text).toMatch(/^loaded: llama3\.1:8b on panther/);
    expect(loaded["models"]).toMatchObject([
      { server: "panther", placement: "gpu", gpu_memory_gib: 5, context_length_tokens: 4096 },
    ]);
    expect(route).toMatchObject({
      kind: "generation",
      server: "panther",
      text: "llama3.1:8b goes to panther: it is loaded there",
    });
    expect(embedding).toMatchObject({ kind: "embeddings", server: "panther" });
  });

  it("tell the health of all machines, and of one by the name that people use", async () => {
    const all = await call("node_health");
    const one = await call("node_health", { node: "Siberian" });

    expect(all.text).toMatch(/^2 machines: .*1 failed.*; the worst is siberian: /);
    expect(one.text).toMatch(/^siberian is failed: .* \(last heard \d+ s ago\)$/);
    expect(one).toMatchObject({
      ...{ node: "siberian", status: "failed", freshness: "fresh" },
      problems: [{ severity: "high", problem: "/ is 96 % full", what_to_do: expect.stringContaining("Remove") }],
    });
  });

  it("take what Open WebUI sends beside the parameters, and words for nothing", async () => {
    const { status } = await api.get("/tools/list_gpus?only_free=True&user_id=7&__user__=x&chat=%7B%7D");
    const nothing = await api.get("/tools/find_free_gpu?model=None&min_free_vram_gib=&context_length_tokens=null");

    expect([status, nothing.status]).toEqual([200, 200]);
  });

  it("say what to ask instead", async () => {
    const node = await problemOf("/tools/node_health?node=sibirian");
    const model = await problemOf("/tools/can_run_model?model=lama3.1%3A8b");
    const missing = await problemOf("/tools/can_run_model");
    const wrong = await problemOf("/tools/find_free_gpu?min_free_vram_gib=8GB&context_length_tokens=1.5");
    const both = await problemOf("/tools/find_free_gpu?min_free_vram_gib=8&model=llama3.1%3A8b");
    const kind = await problemOf("/tools/explain_route?model=llama3.1:8b&kind=chatting");

    expect(node).toMatchObject({
      status: 404,
      detail: 'no machine is called "sibirian". Ask again with one of: siberian, panther',
    });
    expect(model).toMatchObject({ status: 404, detail: expect.stringContaining("Ask again with one of: llama3.1:8b, ") });
    expect(missing).toMatchObject({
      status: 400,
      detail: expect.stringContaining('parameter "model" is missing: Name of the model'),
    });
    expect(wrong.detail).toContain('"min_free_vram_gib": "8GB" is not a number; give one without its unit, such as 8.');
    expect(wrong.detail).toContain('"context_length_tokens": "1.5" is not a whole number');
    expect(both).toMatchObject({ status: 400, detail: expect.stringContaining("not both") });
    expect(kind.detail).toContain('"chatting" is not one of chat, generation, embeddings, embed');
  });

  it("want the right that each names, and know no other method", async () => {
    const { text } = await api.registry.createApiToken({ name: "webui", scopes: ["gpu:read"], ttlMs: undefined, by: "test" });
    const headers = { authorization: `Bearer ${text}` };
    const refused = await api.get("/tools/node_health", headers);
    const posted = await fetch(`${api.server.url}/tools/list_gpus`, { method: "POST" });

    expect((await api.get("/tools/list_gpus", headers)).status).toBe(200);
    expect(refused).toMatchObject({ status: 403, text: expect.stringContaining("health:read") });
    expect([posted.status, posted.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  });
});

describe("in a fleet of 200 machines with a GPU", () => {
  it("no answer is longer than 2 kB, and it says how many were left out", async () => {
    const names = Array.from({ length: 200 }, (_, index) => `machine-with-a-long-name-in-the-house-${index}`);
    const models = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`some-model-with-a-long-name:${index}b`, 2]));
    await using fleet = await aGpuHouse(
      names.map((name, index) => ({ name, models, loaded: Object.keys(models).slice(0, 2), gameGib: index % 12 })),
    );
    for (const name of names) fleet.findings.put(aFinding(name, { id: name, text: "ü\u0001".repeat(500) }));
    const [model = ""] = Object.keys(models);
    const asked = [
      "list_gpus",
      "find_free_gpu?min_free_vram_gib=3",
      `find_free_gpu?model=${model}`,
      `can_run_model?model=${model}`,
      "list_loaded_models",
      `explain_route?model=${model}&kind=chat`,
      "node_health",
      `node_health?node=${names[7]}`,
      "node_health?node=machine",
      "can_run_model?model=nothing",
      `explain_route?model=${"x".repeat(250)}`,
    ];

    for (const path of asked) {
      const { text } = await fleet.get(`/tools/${path}`);
      expect(Buffer.byteLength(text), `${path}: ${text}`).toBeLessThan(2_000);
      expect(text.length, path).toBeGreaterThan(100);
      JSON.parse(text);
    }
    const { gpus = [], more } = JSON.parse((await fleet.get("/tools/list_gpus")).text) as Answer;
    expect(more).toBe(`and ${200 - gpus.length} more`);
    expect(gpus.length).toBeGreaterThan(3);
  });
});
