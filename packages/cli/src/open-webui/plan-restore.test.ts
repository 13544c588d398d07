import { describe, expect, it } from "vitest";
import type { EmbeddingBody, OllamaBody, ToolServersBody } from "./bodies.ts";
import { planOllama } from "./plan-ollama.ts";
import { restoreEmbeddings, restoreOllama, restoreToolServer } from "./plan-restore.ts";
import { newToolServer } from "./plan-tool-server.ts";

const [ours, second] = ["http://ollama-generation.nodekeeper.svc:11434", "http://panther:11434"];
const before: OllamaBody = {
  ENABLE_OLLAMA_API: false,
  OLLAMA_BASE_URLS: ["http://localhost:11434", "http://far:1", "http://siberian:11434"],
  OLLAMA_API_CONFIGS: { "0": { tags: ["a"] }, "1": { key: "sk-own" }, "2": { prefix_id: "s" } },
};
const { after, steps } = planOllama(before, { urls: [ours], known: ["http://siberian:11434"], replace: [] });
/** As it comes out of the file. */
const record = JSON.parse(JSON.stringify({ before, after, steps }));

describe("restoreOllama", () => {
  it("brings back exactly what was there", () => {
    expect(restoreOllama(after, record)).toMatchObject({ body: before, left: [] });
  });

  it("leaves what somebody added since, and puts back the rest around it", () => {
    const now = {
      ...after,
      OLLAMA_BASE_URLS: [...after.OLLAMA_BASE_URLS, "http://new:1"],
      OLLAMA_API_CONFIGS: { ...after.OLLAMA_API_CONFIGS, "2": { key: "n" } },
    };

    const { body, left } = restoreOllama(now, record);

    expect(body).toEqual({
      ENABLE_OLLAMA_API: false,
      OLLAMA_BASE_URLS: [...before.OLLAMA_BASE_URLS, "http://new:1"],
      OLLAMA_API_CONFIGS: { ...before.OLLAMA_API_CONFIGS, "3": { key: "n" } },
    });
    expect(left).toEqual([]);
  });

  it("leaves a connection of ours whose settings somebody changed, and says so", () => {
    const now = { ...after, OLLAMA_API_CONFIGS: { ...after.OLLAMA_API_CONFIGS, "0": { tags: ["b"] } } };

    const { body, left } = restoreOllama(now, record);

    expect(body.OLLAMA_BASE_URLS).toEqual([ours, "http://far:1", "http://siberian:11434"]);
    expect(left.join()).toContain(
      `changed the settings of ${ours} since; it stays, and http://localhost:11434 does not come back`,
    );
  });

  it("does not bring back what stood in the place of something that is gone, and takes out what was added", () => {
    const plan = planOllama(
      { ...before, OLLAMA_BASE_URLS: ["http://far:1"], OLLAMA_API_CONFIGS: { "0": { key: "k" } } },
      { urls: [ours, second], known: [], replace: [] },
    );
    const now = { ...plan.after, OLLAMA_BASE_URLS: ["http://far:1", second] };

    const { body, left } = restoreOllama(now, { before, ...plan });

    expect(body.OLLAMA_BASE_URLS).toEqual(["http://far:1"]);
    expect(left).toEqual([`Ollama connection: somebody took ${ours} out since`]);
  });

  it("changes nothing the second time", () => {
    const { body, lines, left } = restoreOllama(before, record);

    expect(body).toEqual(before);
    expect([...lines, ...left]).toEqual([]);
  });
});

describe("restoreEmbeddings", () => {
  const url = { before: "http://localhost:11434", after: second };
  const aBody = (now: string, engine = "ollama"): EmbeddingBody => ({
    ...{ RAG_EMBEDDING_ENGINE: engine, RAG_EMBEDDING_MODEL: "nomic-embed-text", RAG_EMBEDDING_BATCH_SIZE: 8 },
    ollama_config: { url: now, key: "k" },
  });

  it("puts back the address alone", () => {
    expect(restoreEmbeddings(aBody(second), url).body).toEqual(aBody(url.before));
  });

  it.each([
    { name: "another address", now: aBody("http://own:1"), text: "somebody set http://own:1 since" },
    { name: "another engine", now: aBody(second, "openai"), text: "not made by Ollama any more" },
  ])("leaves $name that somebody chose since", ({ now, text }) => {
    const { body, lines, left } = restoreEmbeddings(now, url);

    expect({ body, lines }).toEqual({ body: now, lines: [] });
    expect(left.join()).toContain(text);
  });
});

describe("restoreToolServer", () => {
  const own = newToolServer({ url: "https://collector:7070/tools", id: "gpu", isForEverybody: true }, "nkt_1");
  const other = { url: "http://other/tools", info: { id: "other" } };
  const aBody = (...servers: readonly ToolServersBody["TOOL_SERVER_CONNECTIONS"][number][]): ToolServersBody => ({
    TOOL_SERVER_CONNECTIONS: servers,
  });

  it("takes ours out, also with the fields that Open WebUI adds", () => {
    const kept = { ...own, forward_cookies: false, headers: null };

    expect(restoreToolServer(aBody(other, kept), { after: own })).toMatchObject({ body: aBody(other), left: [] });
  });

  it("puts back what it was before", () => {
    const was = { ...own, key: "nkt_0" };

    expect(restoreToolServer(aBody(own, other), { before: was, after: own }).body).toEqual(aBody(was, other));
  });

  it("leaves it where somebody changed it, and has nothing to do where it is gone", () => {
    const changed = { ...own, headers: { "X-Own": "1" } };

    expect(restoreToolServer(aBody(changed), { after: own })).toMatchObject({
      body: aBody(changed),
      left: [expect.stringContaining("it stays")],
    });
    expect(restoreToolServer(aBody(other), { after: own })).toMatchObject({ body: aBody(other), lines: [], left: [] });
  });

  it("leaves the token of one that somebody renamed, and has nothing to do where the write never came about", () => {
    const renamed = { ...own, info: { id: "gpus" } };
    const was = { ...own, url: "https://old:7070/tools", key: "nkt_0" };

    expect(restoreToolServer(aBody(renamed), { after: own })).toMatchObject({
      lines: [],
      left: [expect.anything()],
      isTokenUnused: false,
    });
    expect(restoreToolServer(aBody(was), { before: was, after: own })).toMatchObject({
      lines: [],
      left: [],
      isTokenUnused: true,
    });
  });
});
