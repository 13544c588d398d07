/** Ollama's models that nobody answers with any more: by what agents say of the Ollama on their machines. */
import { Outcome } from "@nodekeeper/proto";
import { inWords } from "@nodekeeper/shared";
import type { BlastItem } from "@nodekeeper/shared/api";
import { freshnessOf } from "../../state/freshness.ts";
import type { NodeState } from "../../state/node-state.ts";
import type { Death } from "../death/death.ts";
import type { Picture } from "../picture.ts";
import { details, type Judgement, nothing } from "./judgement.ts";

/** How an Ollama is known. */
type Ollama =
  | { readonly kind: "none" }
  /** Installed, and its agent is silent or could not tell. */
  | { readonly kind: "unknown" }
  /** Others reach it, and these models are on its disk. */
  | { readonly kind: "answers"; readonly models: readonly string[] };

/** One item for each model of which it is the last, and one for all that others have too. */
export function judgeRoutes({ node, machines, nowMs }: Picture, death: Death): Judgement {
  if (!death.takesNode) return nothing;
  const state = machines.find(({ name }) => name === node);
  const own: Ollama = state === undefined ? { kind: "none" } : ollamaOf(state, nowMs);
  if (own.kind === "none") return nothing;
  if (own.kind === "unknown") return { ...nothing, unknown: [`whether Ollama answers on ${node}: its agent cannot tell now`] };
  const others = machines.filter(({ name }) => name !== node).map((each) => ({ name: each.name, ollama: ollamaOf(each, nowMs) }));
  const holders = (model: string): readonly string[] =>
    others.flatMap(({ name, ollama }) => (ollama.kind === "answers" && ollama.models.includes(model) ? [name] : []));
  const shared = own.models.filter((model) => holders(model).length > 0);
  const last = own.models.filter((model) => holders(model).length === 0);
  const unsure = others.filter(({ ollama }) => ollama.kind === "unknown").map(({ name }) => name);
  const items: BlastItem[] = last.map((model) => ({
    ...{ kind: "route-lost", severity: "outage", name: model },
    text: `no other Ollama that answers now has this model`,
    detail: [],
  }));
  if (shared.length > 0) {
    const where = inWords([...new Set(shared.flatMap(holders))]);
    items.push({
      ...{ kind: "route-lost", severity: "moves", name: `Ollama on ${node}` },
      text: `its other models are answered by ${where}, for whoever asks there`,
      detail: details({ models: shared.join(", ") }),
    });
  }
  const unknown = unsure.length === 0 || last.length === 0 ? [] : [`which models ${inWords(unsure)} could answer with`];
  return { items, unknown };
}

function ollamaOf({ probes }: NodeState, nowMs: number): Ollama {
  const probe = probes.get("ollama");
  if (probe === undefined) return { kind: "none" };
  const subjects = probe.subjects.views(probe.name, (observedAtMs) => freshnessOf(observedAtMs, probe.intervalMs, nowMs));
  const server = subjects.find(({ kind }) => kind === "ollama_server");
  const endpoint = subjects.find(({ kind }) => kind === "ollama_endpoint");
  if (server === undefined || (server.outcome === Outcome.ABSENT && server.freshness === "fresh")) return { kind: "none" };
  if (server.freshness !== "fresh" || server.outcome !== Outcome.OK) return { kind: "unknown" };
  const isRunning = server.value?.case === "ollamaServer" ? server.value.value.isRunning : undefined;
  if (isRunning === false) return { kind: "none" };
  if (endpoint?.outcome === Outcome.FAILED && endpoint.failure?.code === "OLLAMA_LOOPBACK_ONLY") return { kind: "none" };
  if (endpoint?.outcome !== Outcome.OK) return { kind: "unknown" };
  const models = subjects.filter(({ kind, outcome }) => kind === "ollama_model" && outcome === Outcome.OK).map(({ id }) => id);
  return { kind: "answers", models: models.sort() };
}
