/**
 * When somebody begins to keep a GPU, its models are unloaded, once: whoever keeps it may well load one of their own. Ollama lets a request that is under
 * way end first, and loads a model again when it is asked for it.
 */
import { AppError, type Clock, createDeadline, type Logger } from "@nodekeeper/shared";
import { presentSubjects } from "@nodekeeper/shared/readings";
import type { OllamaClient } from "../clients/ollama/ollama-client.ts";
import type { Backend } from "./backend.ts";
import type { Reservations } from "./reservations.ts";
import type { Routing } from "./routing.ts";

/** What it needs. */
export interface UnloadOptions {
  readonly reservations: Pick<Reservations, "all" | "of" | "onChanged">;
  readonly routing: Pick<Routing, "backends">;
  readonly client: Pick<OllamaClient, "unload">;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** It answers when the model is gone, which may wait for a request that is under way. */
const answerMs = 60_000;
/** Between the tries: a connection may break, a server may not have been asked yet, and a game does not wait for somebody to notice. */
const pausesMs = [1_000, 5_000, 15_000];

/** Begins. */
export function unloadReserved({ reservations, routing, client, clock, logger }: UnloadOptions): AsyncDisposable {
  const stopping = new AbortController();
  /** Those of before a restart began long ago. */
  const kept = new Set(reservations.all().map(({ node }) => node));
  const running = new Set<Promise<void>>();

  /** Of a node, while its GPU is kept: what is loaded when its server can first be asked. */
  async function unloadAll(node: string): Promise<void> {
    let owed: Set<string> | undefined;
    for (const pauseMs of [...pausesMs, undefined]) {
      const backend = routing.backends().find(({ name }) => name === node);
      const url = backend === undefined ? undefined : urlInUse(backend);
      if (backend !== undefined && url !== undefined) {
        const models = owed ?? new Set(loadedModels(backend));
        owed = models;
        await Promise.all([...models].map((model) => unload(node, url, model, models, pauseMs === undefined)));
        if (models.size === 0) return;
      }
      if (pauseMs === undefined) return;
      await clock.sleep(pauseMs, stopping.signal).catch(() => undefined); // stopped, which is seen below
      if (stopping.signal.aborted || reservations.of(node) === undefined) return;
    }
  }

  async function unload(server: string, url: string, model: string, owed: Set<string>, isLast: boolean): Promise<void> {
    const late = new AppError("PEER_UNREACHABLE", "no answer in a minute");
    using deadline = createDeadline(clock, answerMs, stopping.signal, late);
    try {
      await client.unload(url, model, deadline.signal);
      owed.delete(model);
      logger.info({ server, model }, "a model was unloaded: its GPU is kept for something else");
    } catch (thrown) {
      if (!isLast || stopping.signal.aborted) return;
      logger.warn({ server, model, err: AppError.from(thrown, "PEER_UNREACHABLE") }, "a model could not be unloaded");
    }
  }

  const subscription = reservations.onChanged((nodes) => {
    for (const node of nodes) {
      const isKept = reservations.of(node) !== undefined;
      const isNew = isKept && !kept.has(node);
      if (isKept) kept.add(node);
      else kept.delete(node);
      if (!isNew) continue;
      const unloading = unloadAll(node).finally(() => running.delete(unloading));
      running.add(unloading);
    }
  });

  return {
    async [Symbol.asyncDispose]() {
      subscription[Symbol.dispose]();
      stopping.abort();
      await Promise.all(running);
    },
  };
}

/** Where it may be asked: it answers, and so it is one that the policy has a use for. */
function urlInUse({ url, reach }: Backend): string | undefined {
  return reach.kind === "up" ? url : undefined;
}

function loadedModels({ facts }: Backend): readonly string[] {
  return presentSubjects(facts.subjects, "ollama_loaded_model").map(({ id }) => id);
}
