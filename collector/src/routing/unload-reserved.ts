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
/** Between the tries. */
const pausesMs = [1_000, 5_000];

/** Begins. */
export function unloadReserved({ reservations, routing, client, clock, logger }: UnloadOptions): AsyncDisposable {
  const stopping = new AbortController();
  /** Those of before a restart began long ago. */
  const kept = new Set(reservations.all().map(({ node }) => node));
  const running = new Set<Promise<void>>();

  async function unloadAll({ name, url, facts, reach }: Backend): Promise<void> {
    if (url === undefined || reach.kind !== "up") return;
    await Promise.all(presentSubjects(facts.subjects, "ollama_loaded_model").map(({ id }) => unload(name, url, id)));
  }

  /** Tried again a few times while it is wanted: a connection may break, and a game does not wait for somebody to notice. */
  async function unload(server: string, url: string, model: string): Promise<void> {
    for (const pauseMs of [...pausesMs, undefined]) {
      using deadline = createDeadline(
        clock,
        answerMs,
        stopping.signal,
        new AppError("PEER_UNREACHABLE", "no answer in a minute"),
      );
      try {
        await client.unload(url, model, deadline.signal);
        return logger.info({ server, model }, "a model was unloaded: its GPU is kept for something else");
      } catch (thrown) {
        if (stopping.signal.aborted) return;
        const err = AppError.from(thrown, "PEER_UNREACHABLE");
        if (pauseMs === undefined) return logger.warn({ server, model, err }, "a model could not be unloaded");
        await clock.sleep(pauseMs, stopping.signal).catch(() => undefined); // stopped, which is seen below
        if (stopping.signal.aborted || reservations.of(server) === undefined) return;
      }
    }
  }

  const subscription = reservations.onChanged((nodes) => {
    for (const node of nodes) {
      const isKept = reservations.of(node) !== undefined;
      const isNew = isKept && !kept.has(node);
      if (isKept) kept.add(node);
      else kept.delete(node);
      const backend = routing.backends().find(({ name }) => name === node);
      if (!isNew || backend === undefined) continue;
      const unloading = unloadAll(backend).finally(() => running.delete(unloading));
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
