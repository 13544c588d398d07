import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AppError, type Fields, isFields } from "@nodekeeper/shared";
import { createApiClient } from "@nodekeeper/shared/api";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type CarryOutTools, carryOut } from "./carry-out.ts";
import { newToolServer } from "./plan-tool-server.ts";
import type { ConnectPlan } from "./prepare-connect.ts";
import { openWebUi } from "./web-ui.ts";

const { signal } = new AbortController();
const [old, ours] = ["http://localhost:11434", "http://siberian:11434"];
const wish = { url: "https://collector:7070/tools", id: "gpu", isForEverybody: true };
const paths = {
  ollama: "/ollama/config",
  embedding: "/api/v1/retrieval/embedding",
  servers: "/api/v1/configs/tool_servers",
} as const;
const ollamaOf = (url: string) => ({ ENABLE_OLLAMA_API: true, OLLAMA_BASE_URLS: [url], OLLAMA_API_CONFIGS: {} });
const embeddingOf = (url: string) => ({
  RAG_EMBEDDING_ENGINE: "ollama",
  RAG_EMBEDDING_MODEL: "tiny",
  ollama_config: { url, key: "" },
});
const noServers = { TOOL_SERVER_CONNECTIONS: [] };
const step = { kind: "replaced", before: { url: old, config: undefined }, after: { url: ours, config: undefined } } as const;
const plan: ConnectPlan = {
  lines: [],
  notes: [],
  ollama: { before: ollamaOf(old), after: ollamaOf(ours), steps: [step] },
  embedding: { before: embeddingOf(old), after: embeddingOf(ours) },
  toolServer: {
    before: noServers,
    own: undefined,
    make: (token) => newToolServer(wish, token ?? ""),
    token: { kind: "created" },
  },
};

let folder: string;
let kept: Map<string, unknown>;
let revoked: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "nodekeeper-carry-out-"));
  kept = new Map<string, unknown>([
    [paths.ollama, ollamaOf(old)],
    [paths.embedding, embeddingOf(old)],
    [paths.servers, noServers],
  ]);
  revoked = [];
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** An Open WebUI that keeps what it is told, but for what it fails at. */
async function tools(failsAt = "", toolsStatus = 200): Promise<CarryOutTools> {
  const answer = (path: string, body: unknown): { status: number; body: unknown } => {
    if (path === failsAt) return { status: 500, body: { detail: "disk full" } };
    if (path === "/api/version") return { status: 200, body: { version: "0.12.4" } };
    if (path.endsWith("/verify")) {
      const isTools = isFields(body) && "path" in body;
      return isTools
        ? { status: toolsStatus, body: { paths: { "/a": { get: { operationId: "list_gpus" } } } } }
        : { status: 200, body: { models: [{ model: "m", digest: "d" }] } };
    }
    if (body !== undefined) kept.set(path.replace(/\/update$/, ""), body);
    return { status: 200, body: kept.get(path) ?? body };
  };
  const connection = {
    place: "https://chat.example.org",
    ask: async (path: string, body: unknown) => {
      const { status, body: said } = answer(path, body);
      return { status, text: JSON.stringify(said), location: undefined };
    },
  };
  const api = createApiClient({
    place: "the collector",
    async send({ method, path }) {
      if (method === "DELETE") revoked.push(path);
      return { status: 200, text: JSON.stringify({ text: "nkt_secret", apiToken: { id: "t1" } }) };
    },
  });
  const undo = { undoFile: join(folder, "undo.json"), undoCommand: "nodekeeper open-webui restore" };
  return { api, webUi: await openWebUi(connection, signal), ...undo, nowMs: 0, signal };
}

describe("carryOut", () => {
  it("writes all parts, and what is needed to put them back", async () => {
    const done = await carryOut(await tools(), plan);

    expect(done).toEqual({ tokenId: "t1", models: ["m"], tools: ["list_gpus"] });
    expect([kept.get(paths.ollama), kept.get(paths.embedding)]).toEqual([ollamaOf(ours), embeddingOf(ours)]);
    expect((kept.get(paths.servers) as Fields)["TOOL_SERVER_CONNECTIONS"]).toMatchObject([{ key: "nkt_secret" }]);
    expect((await stat(join(folder, "undo.json"))).mode & 0o777).toBe(0o600);
    expect(JSON.parse(await readFile(join(folder, "undo.json"), "utf8"))).toMatchObject({
      embeddingsUrl: { before: old, after: ours },
      tokenId: "t1",
    });
  });

  it("says what was changed where it fails in between, and keeps what undoes it", async () => {
    const failing = carryOut(await tools("/api/v1/retrieval/embedding/update"), plan);

    await expect(failing).rejects.toThrow(
      /disk full\nChanged so far: the Ollama connections, the address of embeddings \(the last one perhaps not\)\. To undo:\n\n {2}nodekeeper/,
    );
    expect(revoked).toEqual([]);
    expect(await readdir(folder)).toEqual(["undo.json"]);
  });

  it.each([
    { name: "Open WebUI gets no tools with the new token", made: () => tools("", 400), text: "gets no tools from" },
    {
      name: "somebody changed something meanwhile",
      made: () => tools(),
      text: "somebody changed the connections in Open WebUI meanwhile",
    },
  ])("leaves nothing behind where $name", async ({ made, text }) => {
    kept.set(paths.ollama, ollamaOf("http://somebody:1"));

    await expect(carryOut(await made(), plan)).rejects.toThrow(text);

    expect(kept.get(paths.ollama)).toEqual(ollamaOf("http://somebody:1"));
    expect(revoked).toHaveLength(1);
    expect(await readdir(folder)).toEqual([]);
  });

  it("revokes the token also where Open WebUI goes away, or somebody interrupts", async () => {
    const made = await tools();
    const webUi = { ...made.webUi, toolsOf: () => Promise.reject(new AppError("ABORTED", "aborted")) };

    await expect(carryOut({ ...made, webUi }, plan)).rejects.toThrow("aborted. Nothing was changed");
    expect(revoked).toHaveLength(1);
  });

  it("touches no file that was there, and says so where the file cannot be", async () => {
    const made = await tools();
    await writeFile(made.undoFile, "of somebody");

    await expect(carryOut(made, plan)).rejects.toThrow("is there already");
    await expect(carryOut({ ...made, undoFile: join(made.undoFile, "x") }, plan)).rejects.toThrow("cannot be written");
    expect(await readFile(made.undoFile, "utf8")).toBe("of somebody");
    expect(revoked).toHaveLength(2);
  });
});
