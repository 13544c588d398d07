/**
 * Routes over real Ollamas on machines without an agent: the collector finds by itself what they have, sends a request where the model is loaded, and
 * leaves one that is stopped or hangs within five seconds. Skipped, with the reason, where Ollama cannot be built.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { RouteExplanation, RouteTableBody } from "@nodekeeper/shared/api";
import { Ollama } from "ollama";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { aCollector, type CollectorUnderTest } from "../integration/collector-under-test.ts";
import { inTime } from "../support/in-time.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { missingForOllama, ollamaProgram } from "./ollama-program.ts";
import { type RealOllama, startOllama } from "./real-ollama.ts";
import { tinyModel } from "./tiny-model.ts";
import { until } from "./until.ts";

const missing = await missingForOllama();
/** A build on a busy machine that never built it. */
const buildLimitMs = 15 * 60_000;

describe.skipIf(missing !== undefined)(
  `feature 71: routes follow what real Ollamas have and whether they answer${missing === undefined ? "" : ` (skipped: ${missing})`}`,
  { timeout: 150_000 },
  () => {
    const servers: RealOllama[] = [];
    const folders: AsyncDisposable[] = [];
    let collector: CollectorUnderTest;

    beforeAll(async () => {
      const program = await ollamaProgram();
      for (const more of [{}, { seed: 2 }]) {
        const folder = await temporaryFolder();
        const ollama = await startOllama({ program, folder: folder.path });
        servers.push(ollama);
        folders.push(folder);
        await ollama.create("tiny", { ...tinyModel, ...more });
      }
      const lines = servers.map(
        ({ port }, index) =>
          `    - { name: "server-${index}", url: "http://127.0.0.1:${port}", roles: [generation, embeddings] }`,
      );
      const folder = await temporaryFolder();
      folders.push(folder);
      const policy = join(folder.path, "policy.yaml");
      await writeFile(policy, `version: 1\nrouting:\n  servers:\n${lines.join("\n")}\n`);
      collector = await aCollector({ args: ["--policy", policy] });
    }, buildLimitMs);

    afterAll(async () => {
      await collector?.[Symbol.asyncDispose]();
      for (const server of servers) await server.stop();
      for (const folder of folders) await folder[Symbol.asyncDispose]();
    });

    async function ask<Body>(path: string): Promise<Body> {
      const response = await fetch(`${collector.url}${path}`);
      expect(response.status).toBe(200);
      return (await response.json()) as Body; // the API validates its answers against these types
    }
    const explain = (kind: "chat" | "embed"): Promise<RouteExplanation> =>
      ask(`/api/v1/routes/explain?${new URLSearchParams({ model: "Tiny", kind }).toString()}`);
    const serverOf = async (name: string): Promise<RouteTableBody["servers"][number] | undefined> =>
      (await ask<RouteTableBody>("/api/v1/routes")).servers.find((server) => server.name === name);

    /** The official client, at the address that the route table names. */
    const clientOf = async (name = ""): Promise<Ollama> => new Ollama({ host: (await serverOf(name))?.url ?? "" });

    it("finds the models of both, and prefers the one that has it loaded", async () => {
      await until(async () => {
        const { candidates } = await explain("chat");
        return candidates.length === 2 && candidates.every(({ standing }) => standing !== "left-out");
      });
      // The table follows in its own time.
      const models = await until(async () => {
        const { models } = await ask<RouteTableBody>("/api/v1/routes");
        return models.length === 2 && models[0]?.servers.length === 2 && models;
      });
      expect(models).toMatchObject([
        { model: "tiny:latest", kind: "generation", servers: ["server-0", "server-1"] },
        { model: "tiny:latest", kind: "embeddings" },
      ]);

      await (await clientOf("server-1")).generate({
        model: "tiny",
        prompt: "a",
        keep_alive: "5m",
        options: { num_predict: 1, num_ctx: 256 },
      });

      await until(async () => (await serverOf("server-1"))?.loadedModels.length === 1);
    });

    it("tells the official client where to ask, and knows what it did there", async () => {
      const asked = { model: "Tiny", kind: "chat", context_length_tokens: "256" };
      const route = await ask<RouteExplanation>(`/api/v1/routes/explain?${new URLSearchParams(asked).toString()}`);
      const messages = [{ role: "user", content: "a" }];
      const stream = await (await clientOf(route.server)).chat({
        ...{ model: "tiny", messages, stream: true, keep_alive: 0, options: { num_predict: 2, num_ctx: 256 } },
      });
      const parts = [];
      for await (const part of stream) parts.push(part);

      expect(parts.at(-1)).toMatchObject({ done: true });
      await until(async () => (await serverOf("server-1"))?.loadedModels.length === 0);
    });

    it("sends embeddings to one digest alone", async () => {
      const { server, candidates } = await until(async () => {
        const explained = await explain("embed");
        return explained.candidates.some(({ text }) => text.includes("another digest")) && explained;
      });

      expect(candidates.filter(({ standing }) => standing !== "left-out")).toHaveLength(1);
      expect(candidates.find(({ standing }) => standing === "left-out")?.text).toContain("another digest");
      const { embeddings } = await (await clientOf(server)).embed({ model: "tiny", input: ["a", "b"] });
      expect(embeddings).toHaveLength(2);
    });

    it("leaves one that is frozen within five seconds, and comes back to it", async () => {
      const { pid } = servers[0] ?? { pid: 0 };
      const tookMs = await inTime(
        (ms) => ms < 5_000,
        async () => {
          process.kill(pid, "SIGSTOP");
          const beganAtMs = performance.now();
          try {
            const left = await until(async () => {
              const server = await serverOf("server-0");
              return server?.isServing === false && server;
            });
            const leftAfterMs = performance.now() - beganAtMs;
            expect(left.problem).toContain("no answer");
            expect(await explain("chat")).toMatchObject({ server: "server-1" });
            return leftAfterMs;
          } finally {
            process.kill(pid, "SIGCONT");
            await until(async () => (await serverOf("server-0"))?.isServing === true);
          }
        },
      );

      expect(tookMs).toBeLessThan(5_000);
    });

    it("says so where none answers, and keeps what it knows of their models", async () => {
      for (const server of servers) await server.stop();

      await until(async () => (await explain("chat")).server === undefined);

      const { text, candidates } = await explain("chat");
      expect(text).toMatch(/^no server can take Tiny: server-\d: it does not answer/);
      expect(candidates).toHaveLength(2);
    });
  },
);
