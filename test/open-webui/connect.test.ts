/**
 * `nodekeeper open-webui connect` and `restore` on a real Open WebUI, with a real collector over TLS and two Ollamas, one of them real: what it changes,
 * what it leaves, and that models then really call the tools. Skipped, with the reason, where Open WebUI or Ollama cannot be had.
 */
import { randomUUID } from "node:crypto";
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Fields, fieldsAt, isFields, listAt, textAt } from "@nodekeeper/shared";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tools } from "../../collector/src/api/tools/index.ts";
import { runCli } from "../../packages/cli/src/run-cli.ts";
import { freePorts } from "../e2e/installation.ts";
import { aCollector, type CollectorUnderTest } from "../integration/collector-under-test.ts";
import { missingForOllama, ollamaProgram } from "../ollama/ollama-program.ts";
import { type RealOllama, startOllama } from "../ollama/real-ollama.ts";
import { tinyModel } from "../ollama/tiny-model.ts";
import { until } from "../ollama/until.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { type CallingOllama, callingModel, startCallingOllama } from "./calling-ollama.ts";
import { isOpenWebUiMade, missingForOpenWebUi, openWebUiVersion } from "./open-webui-program.ts";
import { type RealOpenWebUi, startOpenWebUi } from "./real-open-webui.ts";

const missing = (await missingForOpenWebUi()) ?? (await missingForOllama());
const isMade = missing === undefined && (await isOpenWebUiMade());
const whyNot = missing ?? (isMade ? undefined : "Open WebUI was not installed for tests: node test/build-services.ts");
/** Where Ollama was not built before. */
const buildLimitMs = 15 * 60_000;

/** What a restore must leave as it was. */
interface Settings {
  readonly ollama: unknown;
  readonly embedding: unknown;
  readonly servers: unknown;
}

async function cli(...args: readonly string[]) {
  const parts = { out: "", error: "" };
  const exitCode = await runCli({
    ...{ args, env: {}, isTerminal: false, columns: undefined, nowMs: Date.now(), signal: new AbortController().signal },
    writeOut: (text) => void Object.assign(parts, { out: parts.out + text }),
    writeError: (text) => void Object.assign(parts, { error: parts.error + text }),
  });
  return { ...parts, exitCode };
}

describe.skipIf(whyNot !== undefined)(
  `Open WebUI is connected by one command, and put back by one${whyNot === undefined ? "" : ` (skipped: ${whyNot})`}`,
  { timeout: 120_000 },
  () => {
    const stack = new AsyncDisposableStack();
    let folder: Awaited<ReturnType<typeof temporaryFolder>>;
    let webUi: RealOpenWebUi;
    let collector: CollectorUnderTest;
    let real: RealOllama;
    let caller: CallingOllama;
    let before: Settings;
    let way: readonly string[];
    let publicUrl: string;

    const inFolder = (name: string): string => join(folder.path, name);
    const realUrl = (): string => `http://127.0.0.1:${real.port}`;
    /** Another name of the same server. */
    const oldUrl = (): string => `http://localhost:${real.port}`;
    const otherServer = { url: "http://127.0.0.1:9/tools", path: "openapi.json", auth_type: "bearer", key: "somebody's" };
    const otherConnection = { enable: true, key: "a secret of somebody", tags: [], prefix_id: "far", model_ids: [] };

    beforeAll(async () => {
      folder = stack.use(await temporaryFolder());
      real = stack.use(await startOllama({ program: await ollamaProgram(), folder: folder.path }));
      await real.create("tiny", tinyModel);
      caller = stack.use(
        await startCallingOllama({ name: "explain_route", parameters: { model: "tiny", kind: "embed" } }, "tiny:latest"),
      );
      const servers = [
        { name: "siberian", url: caller.url, roles: ["generation"] },
        { name: "panther", url: realUrl(), roles: ["generation", "embeddings"] },
      ];
      await writeFile(inFolder("policy.yaml"), JSON.stringify({ version: 1, routing: { servers } }));
      const [port] = await freePorts(1);
      publicUrl = `https://127.0.0.1:${port}`;
      const doors = [`--public-listen=127.0.0.1:${port}`, "--public-name=127.0.0.1", `--admin-socket=${inFolder("admin.sock")}`];
      collector = stack.use(
        await aCollector({ args: [`--data-dir=${folder.path}`, "--policy", inFolder("policy.yaml"), ...doors] }),
      );
      await writeFile(inFolder("ca.pem"), (await cli("authority", "--pem", "--socket", inFolder("admin.sock"))).out);
      await writeFile(
        inFolder("admin-token"),
        (await cli("token", "create", "--name", "mika", "--scope", "admin", "--socket", inFolder("admin.sock"))).out,
      );
      way = ["--collector", publicUrl, "--ca-file", inFolder("ca.pem"), "--token-file", inFolder("admin-token")];
      webUi = stack.use(await startOpenWebUi({ SSL_CERT_FILE: inFolder("ca.pem") }));
      await writeFile(inFolder("key"), `${webUi.token}\n`);
      await setUp();
      before = await settings();
      await until(servesAll);
    }, buildLimitMs);

    afterAll(() => stack.disposeAsync(), 60_000);

    /** As somebody has it who used it with one Ollama, a far one, and a tool of their own. */
    async function setUp(): Promise<void> {
      const ollama = {
        ENABLE_OLLAMA_API: true,
        OLLAMA_BASE_URLS: [oldUrl(), "http://127.0.0.1:9"],
        OLLAMA_API_CONFIGS: { "1": otherConnection },
      };
      await webUi.ask("/ollama/config/update", ollama);
      const embedding = await webUi.ask("/api/v1/retrieval/embedding");
      const own = { RAG_EMBEDDING_ENGINE: "ollama", RAG_EMBEDDING_MODEL: "tiny", ollama_config: { url: oldUrl(), key: "" } };
      await webUi.ask("/api/v1/retrieval/embedding/update", { ...(embedding as Fields), ...own });
      const config = { enable: true, access_grants: [] };
      const servers = [
        { ...otherServer, config, info: { id: "other", name: "Other", description: "" }, headers: { "X-Own": "1" } },
      ];
      await webUi.ask("/api/v1/configs/tool_servers", { TOOL_SERVER_CONNECTIONS: servers });
    }

    async function settings(): Promise<Settings> {
      return {
        ollama: await webUi.ask("/ollama/config"),
        embedding: await webUi.ask("/api/v1/retrieval/embedding"),
        servers: await webUi.ask("/api/v1/configs/tool_servers"),
      };
    }

    async function servesAll(): Promise<boolean> {
      const { servers } = (await (await fetch(`${collector.url}/api/v1/routes`)).json()) as {
        servers: readonly { isServing: boolean }[];
      };
      return servers.length === 2 && servers.every(({ isServing }) => isServing);
    }

    const withKey = (...args: readonly string[]) => cli("open-webui", ...args, "--key-file", inFolder("key"), ...way);
    const connect = (...args: readonly string[]) => withKey("connect", webUi.url, "--replace", oldUrl(), ...args);
    const undoFile = (): string => inFolder("undo.json");
    it("shows what would be changed, and changes nothing without a yes", async () => {
      const shown = await connect("--undo-file", undoFile());

      expect(shown).toMatchObject({ exitCode: 64, error: "" });
      expect(shown.out).toMatch(new RegExp(String.raw`Ollama connection +${oldUrl()} +${realUrl()}\n`));
      expect(shown.out).toMatch(new RegExp(String.raw`Ollama connection +none +${caller.url}\n`));
      expect(shown.out).toMatch(new RegExp(String.raw`embeddings +${oldUrl()} +${realUrl()} \(tiny as before\)\n`));
      expect(shown.out).toMatch(new RegExp(String.raw`tool server +none +${publicUrl}/tools as server:gpu\n`));
      expect(shown.out).toContain("http://127.0.0.1:9 stays: another server than nodekeeper knows");
      expect(shown.out).toContain("Nothing was changed: say --yes");
      expect(await settings()).toEqual(before);
      await expect(stat(undoFile())).rejects.toThrow("ENOENT");
    });

    it("refuses a server whose model for embeddings is another, or that has none", async () => {
      const other = await connect("--embeddings-url", caller.url, "--yes");
      expect(other.exitCode).toBe(69);
      expect(other.error).toMatch(/embeddings were made by tiny [0-9a-f]{12} so far, and .* has another tiny \(222222222222\)/);

      const accepted = await connect("--embeddings-url", caller.url, "--accept-other-embeddings", "--dry-run");
      expect(accepted).toMatchObject({ exitCode: 0, error: "" });
      expect(accepted.out).toContain("have everything embedded anew");
      expect(await settings()).toEqual(before);
    });

    it("connects: Open WebUI sees the models, embeds and has the tools; what is others' stays", async () => {
      const done = await connect("--yes", "--undo-file", undoFile());

      expect(done).toMatchObject({ exitCode: 0, error: "" });
      expect(done.out).toContain(
        `connected: Open WebUI ${openWebUiVersion} at ${webUi.url} sees 2 models and 6 tools (list_gpus,`,
      );
      expect(done.out).toContain(`nodekeeper open-webui restore ${webUi.url} --from ${undoFile()}`);
      expect((await stat(undoFile())).mode & 0o777).toBe(0o600);
      const secrets = [webUi.token, "a secret of somebody", "nkt_", "somebody's"];
      for (const secret of secrets) expect(done.out).not.toContain(secret);

      const { ollama, embedding, servers } = await settings();
      expect(ollama).toEqual({
        ENABLE_OLLAMA_API: true,
        OLLAMA_BASE_URLS: [realUrl(), "http://127.0.0.1:9", caller.url],
        OLLAMA_API_CONFIGS: { "1": otherConnection },
      });
      expect(embedding).toEqual({ ...(before.embedding as Fields), ollama_config: { url: realUrl(), key: "" } });
      const [kept, own] = listAt(servers as Fields, "TOOL_SERVER_CONNECTIONS");
      expect(kept).toEqual(listAt(before.servers as Fields, "TOOL_SERVER_CONNECTIONS")[0]);
      expect(own).toMatchObject({ url: `${publicUrl}/tools`, key: expect.stringMatching(/^nkt_/), info: { id: "gpu" } });

      const models = listAt((await webUi.ask("/api/models")) as Fields, "data").map((model) => textAt(model, "id"));
      expect(models).toEqual(expect.arrayContaining([callingModel, "tiny:latest"]));
      const listed = (await webUi.ask("/api/v1/tools/")) as readonly Fields[];
      expect(listed.map((tool) => textAt(tool, "id"))).toContain("server:gpu");
      const embedded = real.requests().filter((request) => request === "POST /api/embed").length;
      // There is no database for vectors: the question is embedded, and what would be looked up then cannot be.
      await webUi.ask("/api/v1/retrieval/query/doc", { collection_name: "none", query: "where?" }).catch(() => undefined);
      await until(async () => real.requests().filter((request) => request === "POST /api/embed").length > embedded);
    });

    it("lets a model call a tool: Open WebUI asks the collector by TLS with the token, and hands the answer to the model", async () => {
      const message = {
        id: randomUUID(),
        role: "user",
        content: "Where do embeddings go?",
        timestamp: 1,
        models: [callingModel],
      };
      // As its page sends the first message of a chat, with the tools switched on.
      const begun = (await webUi.ask("/api/chat/completions", {
        ...{ model: callingModel, stream: true, tool_ids: ["server:gpu"], params: {}, features: {}, background_tasks: {} },
        ...{ parent_id: null, session_id: randomUUID(), id: randomUUID(), user_message: message },
        messages: [{ role: "user", content: message.content }],
      })) as Fields;

      const chat = await until(async () => {
        const text = JSON.stringify(await webUi.ask(`/api/v1/chats/${textAt(begun, "chat_id")}`));
        return text.includes("panther") && text;
      });

      expect(chat).toContain("explain_route");
      expect(caller.toldByTools.join()).toContain("tiny:latest goes to panther");
    });

    it("has nothing to change the second time, with an API key as well", async () => {
      const config = (await webUi.ask("/api/v1/auths/admin/config")) as Fields;
      await webUi.ask("/api/v1/auths/admin/config", { ...config, ENABLE_API_KEYS: true });
      const made = await webUi.ask("/api/v1/auths/api_key", {});
      await writeFile(inFolder("key"), String(isFields(made) ? made["api_key"] : ""));
      const now = await settings();

      const again = await connect("--yes");

      expect(again).toMatchObject({ exitCode: 0, error: "" });
      expect(again.out).toMatch(/^nothing to change: /);
      expect(await settings()).toEqual(now);

      await webUi.ask("/api/v1/auths/admin/config", { ...config, ENABLE_API_KEYS: false });
      const refused = await withKey("connect", webUi.url, "--yes");
      expect(refused.error).toContain("takes no API keys: switch API keys on there");
      await writeFile(inFolder("key"), webUi.token);
    });

    it("tells who is no admin, a key that is none, and what is no Open WebUI", async () => {
      const account = { email: "user@example.org", password: "a password of tests" };
      await webUi.ask("/api/v1/auths/add", { ...account, name: "User", role: "user" });
      await writeFile(inFolder("user-key"), await webUi.signIn(account));
      await writeFile(inFolder("wrong-key"), "sk-wrong");
      const tryWith = async (key: string, url = webUi.url) =>
        (await cli("open-webui", "connect", url, "--key-file", inFolder(key), ...way)).error;

      expect(await tryWith("user-key")).toContain("the key is not an admin's");
      expect(await tryWith("wrong-key")).toContain("does not know the key");
      expect(await tryWith("key", collector.url)).toContain(`there is no Open WebUI at ${collector.url}`);
      expect(await tryWith("key", "http://127.0.0.1:9")).toContain("cannot reach Open WebUI at http://127.0.0.1:9");
      expect(await tryWith("key", "http://chat.example.org")).toContain("would go to chat.example.org in the open");
    });

    it("registers the tools by MCP as the document says, and Open WebUI lists them", async () => {
      const { key } = JSON.parse(await readFile(undoFile(), "utf8")).toolServer.after;
      const server = {
        type: "mcp",
        url: `${publicUrl}/mcp`,
        path: "",
        auth_type: "bearer",
        key,
        config: { enable: true },
        info: { id: "gpumcp", name: "GPU MCP" },
      };

      const found = (await webUi.ask("/api/v1/configs/tool_servers/verify", server)) as Fields;

      expect(listAt(found, "specs").map((spec) => textAt(spec, "name"))).toEqual(tools.map(({ name }) => name));

      const now = (await settings()).servers as Fields;
      const list = [...listAt(now, "TOOL_SERVER_CONNECTIONS"), server];
      await webUi.ask("/api/v1/configs/tool_servers", { TOOL_SERVER_CONNECTIONS: list });
      const listed = (await webUi.ask("/api/v1/tools/")) as readonly Fields[];
      expect(listed.map((tool) => textAt(tool, "id"))).toEqual(expect.arrayContaining(["server:gpu", "server:mcp:gpumcp"]));
      await webUi.ask("/api/v1/configs/tool_servers", now);
    });

    it("puts back what nobody changed since, then everything, and revokes the token", async () => {
      const connected = (await settings()).ollama as Fields;
      const changed = {
        ...connected,
        OLLAMA_API_CONFIGS: { ...fieldsAt(connected, "OLLAMA_API_CONFIGS"), "0": { enable: true, prefix_id: "own" } },
      };
      await webUi.ask("/ollama/config/update", changed);
      const shown = await withKey("restore", webUi.url, "--from", undoFile(), "--dry-run");
      expect(shown.out).toContain(
        `somebody changed the settings of ${realUrl()} since; it stays, and ${oldUrl()} does not come back`,
      );
      await webUi.ask("/ollama/config/update", connected);

      const restored = await withKey("restore", webUi.url, "--from", undoFile(), "--yes");

      expect(restored).toMatchObject({ exitCode: 0, error: "" });
      expect(restored.out).toContain("put back as it was");
      expect(restored.out).toMatch(/The tools' token \S+ is revoked/);
      expect(await settings()).toEqual(before);
      const again = await withKey("restore", webUi.url, "--from", undoFile(), "--yes");
      expect(again.out).toContain("nothing to put back");
    });
  },
);
