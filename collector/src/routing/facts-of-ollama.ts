/** What Ollama itself says, as an agent would tell it, so that the same readings judge both. Its GPUs stay unknown: it has no word for them. */
import type { SubjectBody } from "@nodekeeper/shared/api";
import type { MachineFacts } from "@nodekeeper/shared/readings";
import type { OllamaEntry } from "../clients/ollama/ollama-client.ts";

/** What it answered, and when (ms since 1970). */
export interface OllamaWord {
  readonly version: string;
  readonly models: readonly OllamaEntry[];
  readonly loaded: readonly OllamaEntry[];
  readonly atMs: number;
}

/** As facts. */
export function factsOfOllama({ version, models, loaded, atMs }: OllamaWord): MachineFacts {
  const subject = (kind: string, id: string, value: Record<string, unknown>): SubjectBody => ({
    ...{ kind, id, probe: "ollama", outcome: "ok", freshness: "fresh", samples: {} },
    ...{ observedAt: new Date(atMs).toISOString(), value },
  });
  return {
    subjects: [
      subject("ollama_server", "", { version, isRunning: true }),
      ...models.map(({ name, digest = "", sizeBytes, capabilities, family = "", isRemote = false }) =>
        subject("ollama_model", name, {
          digest,
          capabilities,
          family,
          isRemote,
          ...(sizeBytes === undefined ? {} : { sizeBytes }),
        }),
      ),
      ...loaded.map(({ name, digest = "", sizeBytes, vramBytes, contextLengthTokens, expiresAtMs }) =>
        subject("ollama_loaded_model", name, {
          digest,
          ...(sizeBytes === undefined ? {} : { sizeBytes }),
          ...(vramBytes === undefined ? {} : { sizeVramBytes: vramBytes }),
          ...(contextLengthTokens === undefined ? {} : { contextLengthTokens }),
          ...(expiresAtMs === undefined ? { isKept: true } : { expiresAtUnixMs: expiresAtMs }),
        }),
      ),
    ],
    lists: ["ollama_model", "ollama_loaded_model"].map((kind) => ({ kind, probe: "ollama", isComplete: true })),
  };
}
