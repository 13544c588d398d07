/** list_loaded_models: what Ollama has in memory. */
import { booleanField, numberField } from "@nodekeeper/shared/fields";
import { type MachineFacts, type ModelPlacement, placements } from "@nodekeeper/shared/readings";
import { Type } from "typebox";
import type { Backend } from "../../routing/backend.ts";
import { inGib } from "./support/tell-gpus.ts";
import { defineTool, type Tool } from "./support/tool.ts";

/** The models of all servers. */
export const listLoadedModels: Tool = defineTool({
  name: "list_loaded_models",
  title: "List loaded models",
  description:
    "Lists the models that the Ollama servers have in memory now: on which server, whether it really lies on the GPU (placement gpu, partly, cpu, " +
    "cpu-fallback = slow though Ollama claims the GPU, or unknown), how much GPU memory it takes, its context length, and when it is unloaded by itself. " +
    "What is loaded answers at once; anything else is loaded first.",
  access: "gpu:read",
  parameters: Type.Object({}),
  handle({ routing, clock }) {
    const nowMs = clock.wallMs();
    const backends = routing.backends();
    const items = backends.flatMap((backend) => loadedOn(backend, nowMs));
    const silent = backends.filter(
      ({ facts, isStale, witness }) =>
        (isStale && witness !== "ollama") ||
        !facts.lists.some(({ kind, isComplete }) => kind === "ollama_loaded_model" && isComplete),
    );
    return { text: summary(items, backends.length, silent), list: { name: "models", items } };
  },
});

interface LoadedItem {
  readonly server: string;
  readonly model: string;
}

function loadedOn({ name, facts, isStale, witness }: Backend, nowMs: number): readonly LoadedItem[] {
  return placementsOf(facts).map(({ model, placement, claimedVramBytes }) => {
    const told = facts.subjects.find(({ kind, id }) => kind === "ollama_loaded_model" && id === model);
    const contextLengthTokens = told && numberField(told, "contextLengthTokens");
    const expiresAtMs = told && numberField(told, "expiresAtUnixMs");
    const readAt = told?.readAt ?? told?.observedAt;
    return {
      ...{ server: name, model, placement },
      ...(claimedVramBytes === undefined ? {} : { gpu_memory_gib: inGib(claimedVramBytes) }),
      ...(contextLengthTokens === undefined ? {} : { context_length_tokens: contextLengthTokens }),
      ...(told !== undefined && booleanField(told, "isKept") === true ? { is_kept: true } : {}),
      ...(expiresAtMs === undefined ? {} : { unloaded_in_seconds: Math.max(0, Math.round((expiresAtMs - nowMs) / 1000)) }),
      freshness: isStale && witness !== "ollama" ? "stale" : "fresh",
      ...(readAt === undefined ? {} : { read_seconds_ago: Math.max(0, Math.round((nowMs - Date.parse(readAt)) / 1000)) }),
    };
  });
}

/** A picture of a server is asked many times, and never changes. */
function placementsOf(facts: MachineFacts): readonly ModelPlacement[] {
  const known = judged.get(facts);
  if (known !== undefined) return known;
  const made = placements(facts);
  judged.set(facts, made);
  return made;
}

const judged = new WeakMap<MachineFacts, readonly ModelPlacement[]>();

function summary(items: readonly LoadedItem[], serverCount: number, silent: readonly Backend[]): string {
  if (serverCount === 0) return "no Ollama server is known";
  const named = items.slice(0, 3).map(({ server, model }) => `${model} on ${server}`);
  const more = items.length - named.length;
  const what = items.length === 0 ? "no model is loaded" : `loaded: ${named.join(", ")}${more === 0 ? "" : ` and ${more} more`}`;
  const names = silent.slice(0, 3).map(({ name }) => name);
  const hidden = silent.length - names.length;
  const unheard = `; what ${names.join(", ")}${hidden === 0 ? "" : ` and ${hidden} more`} ${silent.length === 1 ? "has" : "have"} loaded is not known freshly`;
  return `${what}${silent.length === 0 ? "" : unheard}`;
}
