/**
 * The probe against a real Ollama with real models, small as they are: what it says is what Ollama says, and asking changes nothing there.
 * Skipped, with the reason, where Ollama cannot be built.
 */
import { readdir, readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createOllamaProbe } from "../../agent/src/probes/ollama.ts";
import { factsAt, runToPayload, subjectAt } from "../../agent/src/probes/test-support/payload-view.ts";
import { repeatedRuns } from "../../agent/src/probes/test-support/repeated-runs.ts";
import { expectAccepted } from "../recordings/expect-accepted.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { missingForOllama, ollamaProgram, ollamaVersion } from "./ollama-program.ts";
import { type OneServer, oneServerHost } from "./one-server-host.ts";
import { testOwnServers } from "./own-servers.ts";
import { processName, type RealOllama, startOllama } from "./real-ollama.ts";
import { tinyModel } from "./tiny-model.ts";
import { until } from "./until.ts";

const missing = await missingForOllama();
/** A build on a busy machine that never built it. */
const buildLimitMs = 15 * 60_000;
const probe = createOllamaProbe();

describe.skipIf(missing !== undefined)(
  `feature 53: Ollama's models on disk and loaded, size_vram, expiry, on a real Ollama${missing === undefined ? "" : ` (skipped: ${missing})`}`,
  { timeout: 60_000 },
  () => {
    let program = "";
    let folder: Awaited<ReturnType<typeof temporaryFolder>>;
    let ollama: RealOllama;
    let machine: OneServer;

    beforeAll(async () => {
      program = await ollamaProgram();
      folder = await temporaryFolder();
      ollama = await startOllama({ program, folder: folder.path });
      await ollama.create("tiny", tinyModel);
      await ollama.create("other", { ...tinyModel, layerCount: 3, contextLength: 4096, seed: 2 });
      await ollama.post("/api/copy", { source: "tiny", destination: "namesake" }).catch(() => undefined); // its answer has no body
    }, buildLimitMs);

    afterAll(async () => {
      await ollama?.stop();
      await folder?.[Symbol.asyncDispose]();
    });

    beforeEach(() => {
      machine = { pid: ollama.pid, units: {}, unit: undefined };
    });

    /** Loads a model, and waits until Ollama has noticed that it is idle: before that it reckons the moment of its end anew with every answer. */
    const load = async (model: string, keepAlive: string | number): Promise<void> => {
      const options = { num_predict: 1, num_ctx: 256 };
      await ollama.post("/api/generate", { model, prompt: "a", stream: false, keep_alive: keepAlive, options });
      let before: unknown;
      await until(async () => {
        const [last, now] = [before, await endOf(model)];
        before = now;
        return now === last;
      });
    };
    const endOf = async (model: string): Promise<unknown> =>
      (await loaded()).find(({ name }) => name === `${model}:latest`)?.["expires_at"];
    const loaded = async (): Promise<readonly Readonly<Record<string, unknown>>[]> => {
      const { models } = (await ollama.get("/api/ps")) as { readonly models: readonly Readonly<Record<string, unknown>>[] };
      return models;
    };
    const unload = async (model: string): Promise<void> => {
      await ollama.post("/api/generate", { model, keep_alive: 0, stream: false });
      await until(async () => !(await loadedNames()).includes(`${model}:latest`));
    };
    const loadedNames = async (): Promise<readonly unknown[]> => (await loaded()).map(({ name }) => name);

    it("the server is found by its process, with its version, its port and its settings", async () => {
      const payload = await runToPayload(probe, oneServerHost(machine));

      expectAccepted(payload);
      const facts = factsAt(payload, "ollama_server");
      expect(facts).toMatchObject({
        version: await ollamaVersion(),
        isRunning: true,
        owner: { pidNumber: ollama.pid, processName },
        listening: [`127.0.0.1:${ollama.port}`],
        settings: { host: "127.0.0.1:0" },
        settingsSource: "process",
      });
      expect(facts).not.toHaveProperty("isRestartNeeded");
    });

    it("its models are those that it was given, and namesakes share a digest", async () => {
      const payload = await runToPayload(probe, oneServerHost(machine));
      const { models } = (await ollama.get("/api/tags")) as { readonly models: readonly Readonly<Record<string, unknown>>[] };

      expect(payload.lists.every(({ isComplete }) => isComplete)).toBe(true);
      expect(models.map(({ name }) => name).sort()).toEqual(["namesake:latest", "other:latest", "tiny:latest"]);
      for (const { name, digest, size } of models) {
        expect(factsAt(payload, "ollama_model", String(name))).toMatchObject({
          digest,
          sizeBytes: String(size),
          family: "llama",
        });
      }
      expect(factsAt(payload, "ollama_model", "tiny:latest")).toMatchObject({
        layerCount: 2,
        keyValueHeadCount: 2,
        keyLengthDimensions: 16,
        valueLengthDimensions: 16,
        maximumContextLengthTokens: 2048,
        capabilities: ["completion"],
        isRemote: false,
      });
      expect(factsAt(payload, "ollama_model", "namesake:latest")).toEqual({
        ...Object(factsAt(payload, "ollama_model", "tiny:latest")),
        modifiedAtUnixMs: expect.any(String), // when the copy was made
      });
      expect(factsAt(payload, "ollama_model", "other:latest")).toMatchObject({ layerCount: 3, maximumContextLengthTokens: 4096 });
      const blobs = await readdir(`${folder.path}/.ollama/models/blobs`);
      const { value } = subjectAt(payload, "ollama_model", "tiny:latest").value;
      expect(blobs).toContain(`sha256-${value !== undefined && "weightsDigest" in value ? value.weightsDigest : ""}`);
    });

    it("a loaded model has the sizes, the context and the moment that Ollama says; one that is kept has no moment", async () => {
      await load("tiny", "10m");
      await load("other", -1);
      const payload = await runToPayload(probe, oneServerHost(machine));
      const ofTiny = (await loaded()).find(({ name }) => name === "tiny:latest");

      expectAccepted(payload);
      expect(factsAt(payload, "ollama_loaded_model", "tiny:latest")).toEqual({
        digest: ofTiny?.["digest"],
        sizeBytes: String(ofTiny?.["size"]),
        sizeVramBytes: "0", // there is no GPU
        contextLengthTokens: 256,
        expiresAtUnixMs: String(Date.parse(String(ofTiny?.["expires_at"]))),
        isKept: false,
      });
      const kept = factsAt(payload, "ollama_loaded_model", "other:latest");
      expect(kept).toMatchObject({ isKept: true, contextLengthTokens: 256 });
      expect(kept).not.toHaveProperty("expiresAtUnixMs");
      await unload("tiny");
      await unload("other");
    });

    it("asking loads nothing, and puts nothing off", async () => {
      const before = ollama.requests().length;
      const run = repeatedRuns(probe, oneServerHost(machine));
      for (let runs = 0; runs < 20; runs++) await run();
      expect(await loadedNames()).toEqual([]);
      expect(await childrenOf(ollama.pid)).toEqual([]);

      await load("tiny", "3s");
      const loadedAtMs = Date.now();
      const moments = new Set<unknown>();
      let isLoaded = true;
      while (isLoaded && Date.now() - loadedAtMs < 30_000) {
        const payload = await run();
        isLoaded = payload.subjects.some(({ kind }) => kind === "ollama_loaded_model");
        if (isLoaded) moments.add(Object(factsAt(payload, "ollama_loaded_model", "tiny:latest")).expiresAtUnixMs);
        await sleep(100);
      }
      expect(isLoaded).toBe(false);
      expect(moments.size).toBe(1);
      const asked = new Set(ollama.requests().slice(before));
      expect([...asked].sort()).toEqual([
        "GET /api/ps",
        "GET /api/tags",
        "GET /api/version",
        "POST /api/generate",
        "POST /api/show",
      ]);
      expect(
        ollama
          .requests()
          .slice(before)
          .filter((request) => request === "POST /api/show"),
      ).toHaveLength(2); // one a digest
    });

    it("bound to the loopback only has failed, with the fix; the models are told all the same where the loopback is ours", async () => {
      const payload = await runToPayload(probe, oneServerHost(machine));
      expect(factsAt(payload, "ollama_endpoint")).toBe(
        `OLLAMA_LOOPBACK_ONLY: Ollama listens on 127.0.0.1:${ollama.port} only: no other machine can reach it. Start it with OLLAMA_HOST=0.0.0.0:${ollama.port} in its environment`,
      );

      const before = await ollama.settledRequestCount();
      const fromContainer = await runToPayload(probe, oneServerHost(machine, "/proc/self/root"));
      expect(await ollama.settledRequestCount()).toBe(before);
      expect(fromContainer.lists.map(({ isComplete, failure }) => [isComplete, failure?.code])).toEqual([
        [false, "OLLAMA_LOOPBACK_ONLY"],
        [false, "OLLAMA_LOOPBACK_ONLY"],
      ]);
      expect(factsAt(fromContainer, "ollama_server")).toMatchObject({ isRunning: true, settingsSource: "process" });
    });

    testOwnServers(() => program);

    it("the probe sees what the kernel says of its sockets, not what the settings say", async () => {
      const { listening } = Object(factsAt(await runToPayload(probe, oneServerHost(machine)), "ollama_server"));

      const digits = ollama.port.toString(16).toUpperCase().padStart(4, "0");
      expect(await readFile("/proc/1/net/tcp", "utf8")).toContain(`0100007F:${digits} 00000000:0000 0A`);
      expect(listening).toEqual([`127.0.0.1:${ollama.port}`]);
    });
  },
);

/** Processes that a server has started: its runners. */
async function childrenOf(pid: number): Promise<readonly string[]> {
  const threads = await readdir(`/proc/${pid}/task`);
  const lists = await Promise.all(threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/children`, "utf8")));
  return lists.flatMap((list) => list.split(" ")).filter((each) => each !== "");
}
