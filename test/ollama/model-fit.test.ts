/**
 * What we say that Ollama will do, against what a real one does: context, requests at once, memory of the context, loading anew, who goes for whom, and
 * when a model was used last. It runs on the CPU: which GPU a model lies on, and what is spilled, is not compared here, but worked out from the source
 * (packages/shared/src/test-support/fit-cases.ts). Skipped, with the reason, where Ollama cannot be built.
 */
import { Outcome, plainSubjectValue } from "@nodekeeper/proto";
import type { SubjectBody } from "@nodekeeper/shared/api";
import { type MachineFacts, type ModelFit, modelFit, modelUse, requestSlots } from "@nodekeeper/shared/readings";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createOllamaProbe } from "../../agent/src/probes/ollama.ts";
import { runToPayload } from "../../agent/src/probes/test-support/payload-view.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { missingForOllama, ollamaProgram } from "./ollama-program.ts";
import { oneServerHost } from "./one-server-host.ts";
import { type RealOllama, startOllama } from "./real-ollama.ts";
import { tinyModel } from "./tiny-model.ts";
import { until } from "./until.ts";

const missing = await missingForOllama();
/** A build on a busy machine that never built it. */
const buildLimitMs = 15 * 60_000;
const names = ["first", "second", "third"] as const;

interface Running {
  readonly name: string;
  readonly size: number;
  readonly context_length: number;
  readonly expires_at: string;
}

describe.skipIf(missing !== undefined)(
  `feature 54: what is said of a model's fit is what a real Ollama does, without a GPU${missing === undefined ? "" : ` (skipped: ${missing})`}`,
  { timeout: 60_000 },
  () => {
    let program = "";
    let folder: Awaited<ReturnType<typeof temporaryFolder>>;
    let ollama: RealOllama;

    beforeAll(async () => {
      program = await ollamaProgram();
      folder = await temporaryFolder();
      ollama = await started("2");
      for (const [at, name] of names.entries()) await ollama.create(name, { ...tinyModel, seed: at + 1 });
      await ollama.post("/api/copy", { source: "first", destination: "alias" }).catch(() => undefined); // its answer has no body
    }, buildLimitMs);

    afterAll(async () => {
      await ollama?.stop();
      await folder?.[Symbol.asyncDispose]();
    });

    const started = async (maximumLoaded: string): Promise<RealOllama> => {
      const variables = { OLLAMA_NUM_PARALLEL: "2", OLLAMA_MAX_LOADED_MODELS: maximumLoaded };
      return await startOllama({ program, folder: folder.path, variables });
    };
    const running = async (): Promise<readonly Running[]> => {
      const { models } = (await ollama.get("/api/ps")) as { readonly models: readonly Running[] };
      return models;
    };
    const runningNames = async (): Promise<readonly string[]> => (await running()).map(({ name }) => name).sort();
    const one = async (name: string): Promise<Running | undefined> =>
      (await running()).find((each) => each.name === `${name}:latest`);

    /** Asks, and waits until Ollama has noticed that the model is idle. */
    const use = async (
      model: string,
      more: { readonly context?: number; readonly keepAlive?: string | number } = {},
    ): Promise<void> => {
      const { context, keepAlive } = more;
      const options = { num_predict: 1, ...(context === undefined ? {} : { num_ctx: context }) };
      const body = { model, prompt: "a", stream: false, options, ...(keepAlive === undefined ? {} : { keep_alive: keepAlive }) };
      await ollama.post("/api/generate", body);
      let before: string | undefined;
      await until(async () => {
        const [last, now] = [before, JSON.stringify(await running())];
        before = now;
        return last === now;
      }, 30);
    };
    const unloadAll = async (): Promise<void> => {
      for (const { name } of await running()) await ollama.post("/api/generate", { model: name, keep_alive: 0, stream: false });
      await until(async () => (await running()).length === 0);
    };

    /** What an agent tells of it now. */
    const facts = async (): Promise<MachineFacts> => {
      const payload = await runToPayload(createOllamaProbe(), oneServerHost({ pid: ollama.pid, units: {}, unit: undefined }));
      const readAt = new Date().toISOString();
      const subjects = payload.subjects
        .filter(({ outcome }) => outcome === Outcome.OK)
        .map(({ kind, id, value }): SubjectBody => {
          const told = { kind, id, probe: "ollama", outcome: "ok", freshness: "fresh", observedAt: readAt, readAt } as const;
          return { ...told, value: { ...plainSubjectValue(value) }, samples: {} };
        });
      const lists = ["gpu", "ollama_model", "ollama_loaded_model"].map((kind) => ({ kind, probe: "ollama", isComplete: true }));
      return { subjects, lists };
    };
    const at = (told: MachineFacts, kind: string, id: string): SubjectBody => {
      const found = told.subjects.find((subject) => subject.kind === kind && subject.id === id);
      if (found === undefined) throw new Error(`there is no ${kind} ${id}`);
      return found;
    };
    const predicted = async (name: string, context?: number): Promise<ModelFit> => {
      const told = await facts();
      return modelFit(at(told, "ollama_model", `${name}:latest`), told, Date.now(), context);
    };

    it("context, requests at once and memory of the context are what its log and /api/ps say", async () => {
      const seen: { readonly size: number; readonly needed: number }[] = [];
      // By default 4096, of which the model can 2048; more than it can; as asked.
      for (const context of [undefined, 99_999, 512, 256]) {
        const { neededBytes = 0, contextLengthTokens = 0 } = await predicted("first", context);
        const loadsBefore = loads().length;
        await use("first", context === undefined ? {} : { context });
        const { size = 0, context_length } = (await one("first")) ?? {};

        expect({ context, tokens: contextLengthTokens }).toEqual({ context, tokens: context_length });
        seen.push({ size, needed: neededBytes });
        const told = await facts();
        const slots = requestSlots(at(told, "ollama_model", "first:latest"), at(told, "ollama_server", ""));
        for (const load of loads().slice(loadsBefore)) {
          expect(load).toEqual({ parallel: slots, cacheTokens: contextLengthTokens * (slots ?? 0) });
        }
      }
      expect(loads().length).toBeGreaterThanOrEqual(3);
      const [first = { size: 0, needed: 0 }, ...others] = seen;
      // What a context takes more or less, to the byte; the rest are the file's weights, of which the runner keeps a little less than the file is.
      for (const { size, needed } of others) expect(needed - first.needed).toBe(size - first.size);
      expect(first.needed).toBeGreaterThan(first.size);
      expect(first.needed).toBeLessThan(first.size * 1.5);
      await unloadAll();
    });

    it("another name of the same weights shares the runner, and another context loads it anew and leaves the others", async () => {
      await use("second", { context: 256 });
      await use("first", { context: 256 });
      expect(await predicted("alias")).toMatchObject({ answer: "now", text: "it is loaded on the CPU" });
      expect((await predicted("alias", 256)).unload).toEqual([]);
      const anew = await predicted("alias", 512);

      await use("alias", { context: 256 });
      expect(await runningNames()).toEqual(["first:latest", "second:latest"]);

      expect(anew.unload).toEqual(["first:latest"]);
      await use("alias", { context: 512 });
      expect((await running()).map(({ context_length }) => context_length).sort()).toEqual([256, 512]);
      expect(await runningNames()).toContain("second:latest");
      await unloadAll();
    });

    it.each<{ name: string; keepAlives: readonly (string | number | undefined)[] }>([
      { name: "with the same keep-alive", keepAlives: [undefined, undefined] },
      { name: "with the same keep-alive, asked the other way round", keepAlives: [undefined, undefined] },
      { name: "of which the first is kept longer", keepAlives: ["20m", undefined] },
      { name: "of which the first is kept for ever", keepAlives: [-1, undefined] },
    ])("of two models $name, the one goes for a third that is said to", async ({ name, keepAlives }) => {
      const two = name.endsWith("round") ? ["second", "first"] : ["first", "second"];
      for (const [at, model] of two.entries()) await use(model, { keepAlive: keepAlives[at] ?? "5m", context: 256 });
      const { unload } = await predicted("third", 256);
      expect(unload).toHaveLength(1);

      await use("third", { context: 256 });

      const stayed = two.map((model) => `${model}:latest`).filter((model) => !unload.includes(model));
      expect(await runningNames()).toEqual([...stayed, "third:latest"].sort());
      await unloadAll();
    });

    it("a model was used about when we say, and we say nothing where its request had a longer keep-alive", async () => {
      const beganAtMs = Date.now();
      await use("first", { context: 256 });
      const usedAtMs = Date.now();
      await use("second", { context: 256, keepAlive: "20m" });
      const told = await facts();
      const uses = ["first", "second"].map((name) =>
        modelUse(at(told, "ollama_loaded_model", `${name}:latest`), at(told, "ollama_server", "")),
      );

      expect(uses[0]?.lastUsedAtMs).toBeGreaterThan(beganAtMs - 2_000);
      expect(uses[0]?.lastUsedAtMs).toBeLessThan(usedAtMs + 2_000);
      expect(uses[0]?.keptUntilMs).toBe(Date.parse((await one("first"))?.expires_at ?? ""));
      expect(uses[1]).toMatchObject({ lastUsedAtMs: undefined, isKept: false });
      await unloadAll();
    });

    it("where one model may be loaded, it goes whatever it is", async () => {
      await ollama.stop();
      ollama = await started("1");
      await use("first", { keepAlive: -1, context: 256 });
      expect((await predicted("second", 256)).unload).toEqual(["first:latest"]);

      await use("second", { context: 256 });

      expect(await runningNames()).toEqual(["second:latest"]);
    });

    /** What each runner was told. */
    function loads(): readonly { readonly parallel: number; readonly cacheTokens: number }[] {
      return [...ollama.log().matchAll(/msg=load request="\{Operation:commit .*?Parallel:(\d+) .*?KvSize:(\d+) /g)].map(
        ([, parallel, cacheTokens]) => ({ parallel: Number(parallel), cacheTokens: Number(cacheTokens) }),
      );
    }
  },
);
