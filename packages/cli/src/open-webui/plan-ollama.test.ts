import { describe, expect, it } from "vitest";
import type { OllamaBody } from "./bodies.ts";
import { type OllamaPlan, planOllama } from "./plan-ollama.ts";

const service = "http://ollama-generation.nodekeeper.svc:11434";
const key = { enable: true, key: "sk-own" };

function aBody(urls: readonly string[], configs: OllamaBody["OLLAMA_API_CONFIGS"] = {}): OllamaBody {
  return { ENABLE_OLLAMA_API: true, OLLAMA_BASE_URLS: urls, OLLAMA_API_CONFIGS: configs };
}

function plan(body: OllamaBody, wish: Partial<Parameters<typeof planOllama>[1]> = {}): OllamaPlan {
  return planOllama(body, { urls: [service], known: [], replace: [], ...wish });
}

describe("planOllama", () => {
  it.each([
    {
      name: "Open WebUI's own default",
      body: aBody(["http://host.docker.internal:11434", "http://far:1"]),
      left: ["http://far:1"],
    },
    { name: "the only one", body: aBody(["http://10.0.0.5:11434"]), left: [] },
    {
      name: "one of a server that nodekeeper knows",
      body: aBody(["http://siberian:11434/", "http://far:1"]),
      left: ["http://far:1"],
    },
  ])("puts ours in the place of $name", ({ body, left }) => {
    const { after, steps } = plan(body, { known: ["http://siberian:11434"] });

    expect(after).toEqual({ ...body, OLLAMA_BASE_URLS: [service, ...left] });
    expect(steps).toMatchObject([{ kind: "replaced", before: { url: body.OLLAMA_BASE_URLS[0] }, after: { url: service } }]);
  });

  it("keeps the settings of a place, and moves those of others with them", () => {
    const body = aBody(["http://a:1", "http://b:1", "http://far:1"], {
      "0": { prefix_id: "a" },
      "1": { prefix_id: "b" },
      "2": key,
    });

    const { after, steps } = plan(body, { known: ["http://a:1", "http://b:1"] });

    expect(after.OLLAMA_BASE_URLS).toEqual([service, "http://far:1"]);
    expect(after.OLLAMA_API_CONFIGS).toEqual({ "0": { prefix_id: "a" }, "1": key });
    expect(steps.map(({ kind }) => kind)).toEqual(["replaced", "removed"]);
  });

  it.each([
    {
      name: "one with a key, though it is the only one",
      body: aBody(["http://far:1"], { "0": key }),
      because: "it has a key or headers of its own",
    },
    {
      name: "one with headers",
      body: aBody(["http://far:1"], { "0": { headers: { "X-Key": "1" } } }),
      because: "it has a key or headers of its own",
    },
    {
      name: "one that is switched off",
      body: aBody(["http://localhost:11434"], { "0": { enable: false } }),
      because: "switched off",
    },
  ])("leaves $name, and adds ours", ({ body, because }) => {
    const { after, kept } = plan(body);

    expect(after).toEqual({ ...body, OLLAMA_BASE_URLS: [...body.OLLAMA_BASE_URLS, service] });
    expect(kept).toEqual([{ url: body.OLLAMA_BASE_URLS[0], because }]);
  });

  it("replaces what somebody names, and says what is not there", () => {
    const { after, absent } = plan(aBody(["http://far:1"], { "0": key }), { replace: ["http://far:1/", "http://gone:1"] });

    expect(after).toMatchObject({ OLLAMA_BASE_URLS: [service], OLLAMA_API_CONFIGS: { "0": key } });
    expect(absent).toEqual(["http://gone:1"]);
  });

  it("has nothing to do where ours are there, and gives settings of no place to nobody", () => {
    const there = aBody([`${service}/`, "http://far:1"], { "5": key });
    expect(plan(there)).toMatchObject({ after: there, steps: [] });

    const { after } = plan(aBody(["http://far:1", "http://other:1"], { "2": key }));
    expect(after).toMatchObject({ OLLAMA_BASE_URLS: ["http://far:1", "http://other:1", service], OLLAMA_API_CONFIGS: {} });
  });

  it("switches Ollama on", () => {
    expect(plan({ ...aBody([service]), ENABLE_OLLAMA_API: false }).after.ENABLE_OLLAMA_API).toBe(true);
  });
});
