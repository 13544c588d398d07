import type { Fields } from "@nodekeeper/shared";
import { createApiClient } from "@nodekeeper/shared/api";
import { describe, expect, it } from "vitest";
import { type AddressTools, ollamaAddresses, reachedOllama, toolsAddress } from "./addresses.ts";
import { openWebUi } from "./web-ui.ts";

const { signal } = new AbortController();
const service = "http://ollama-generation.gpus.svc:11434";
const names = ["localhost", "nodekeeper-collector.gpus.svc"];
const server = (name: string, kinds: readonly string[], isServing = true): Fields => ({
  name,
  url: `http://${name}:11434`,
  kinds,
  unknownKinds: [],
  isServing,
  text: isServing ? "it answers" : "it does not answer",
});
const leading = {
  explanations: [
    { item: "service", live: "http:11434", owner: "ours" },
    { item: "10.0.0.1", live: "siberian", owner: "ours" },
  ],
};
const empty = { explanations: [{ item: "service", live: "http:11434", owner: "ours" }] };

/** A collector and an Open WebUI that answer so; what Open WebUI reaches is said by the beginnings of URLs. */
async function tools(answers: Readonly<Record<string, unknown>>, reachable: readonly string[] = []): Promise<AddressTools> {
  const api = createApiClient({
    place: "the collector",
    async send({ path }) {
      const body = answers[path];
      if (body !== undefined) return { status: 200, text: JSON.stringify(body) };
      return { status: 404, text: JSON.stringify({ code: "NOT_FOUND", detail: path }) };
    },
  });
  const webUi = await openWebUi(
    {
      place: "https://chat.example.org",
      async ask(path, body) {
        const { url } = { url: "", ...Object(body) };
        const isReached = path === "/api/version" || reachable.some((each) => String(url).startsWith(each));
        const text = isReached ? '{"version":"0.12.4"}' : '{"detail":"Open WebUI: Server Connection Error"}';
        return { status: isReached ? 200 : 500, text, location: undefined };
      },
    },
    signal,
  );
  return { api, webUi, signal };
}

const cluster = {
  "/api/v1/routes": {
    servers: [server("siberian", ["generation"]), server("panther", ["embeddings"]), server("lynx", ["generation"], false)],
  },
  "/api/v1/reconcile": { isConfigured: true },
  "/api/v1/authority": { certificate: { names } },
  "/api/v1/nodes/ollama-generation/explain": leading,
  "/api/v1/nodes/ollama-embeddings/explain": empty,
};

describe("ollamaAddresses", () => {
  it("names a Service that leads somewhere first, in the collector's namespace, and then the servers that serve", async () => {
    const { candidates, known, resting } = await ollamaAddresses(await tools(cluster));

    expect(candidates).toEqual({ generation: [[service], ["http://siberian:11434"]], embeddings: [["http://panther:11434"]] });
    expect(known).toEqual(
      expect.arrayContaining(["http://lynx:11434", service, service.replace(".svc:", ".svc.cluster.local:")]),
    );
    expect(resting).toEqual(["http://lynx:11434"]);
  });

  it("knows no Services outside of a cluster", async () => {
    const { candidates } = await ollamaAddresses(await tools({ ...cluster, "/api/v1/reconcile": { isConfigured: false } }));

    expect(candidates.generation).toEqual([["http://siberian:11434"]]);
  });
});

describe("reachedOllama", () => {
  const groups = [[service], ["http://siberian:11434", "http://lynx:11434"]];

  it.each([
    { name: "the Service where Open WebUI reaches it", reachable: [service, "http://siberian"], urls: [service] },
    {
      name: "the servers that it reaches where it is outside of the cluster",
      reachable: ["http://siberian"],
      urls: ["http://siberian:11434"],
    },
  ])("takes $name", async ({ reachable, urls }) => {
    expect(await reachedOllama(await tools(cluster, reachable), "generation", groups)).toEqual(urls);
  });

  it("says what it tried where Open WebUI reaches none", async () => {
    await expect(reachedOllama(await tools(cluster), "generation", groups)).rejects.toThrow(
      `does not reach ${service}, http://siberian:11434`,
    );
  });

  it("says of each server why it does not serve, where none does", async () => {
    const servers = [server("siberian", ["generation"]), server("panther", ["embeddings"], false)];

    await expect(reachedOllama(await tools({ "/api/v1/routes": { servers } }), "embeddings", [])).rejects.toThrow(
      "no Ollama serves embeddings now: siberian is not for that (docs/policy.md#routing); panther: it does not answer. Or name",
    );
    await expect(reachedOllama(await tools({ "/api/v1/routes": { servers: [] } }), "generation", [])).rejects.toThrow(
      "no agent sees one, and the policy names none",
    );
  });
});

describe("toolsAddress", () => {
  it("is the collector by a name of its certificate, else as it was asked by", async () => {
    expect(await toolsAddress(await tools(cluster, ["https://nodekeeper-collector"]), "/run/admin.sock")).toBe(
      "https://nodekeeper-collector.gpus.svc:7070/tools",
    );
    expect(await toolsAddress(await tools(cluster, ["http://127.0.0.1:7060"]), "http://127.0.0.1:7060")).toBe(
      "http://127.0.0.1:7060/tools",
    );
  });

  it("says what is in the way where Open WebUI reaches none", async () => {
    await expect(toolsAddress(await tools(cluster), "http://127.0.0.1:7060")).rejects.toThrow(
      /does not reach the tools at .*--no-tools/,
    );
  });
});
