/** Finds the model that a model names. */
import { AppError } from "@nodekeeper/shared";
import { modelKey } from "../../../routing/model-name.ts";
import { modelsByKey } from "../../../routing/model-of.ts";
import { nearestNames } from "./nearest-names.ts";
import type { ToolContext } from "./tool.ts";

/** The name as Ollama has it, or NOT_FOUND with the names that were probably meant. */
export function requireModel({ routing }: Pick<ToolContext, "routing">, wanted: string): string {
  const backends = routing.backends();
  const key = modelKey(wanted);
  for (const { facts } of backends) {
    const found = modelsByKey(facts).get(key);
    if (found !== undefined) return found.id;
  }
  const names = new Set(backends.flatMap(({ facts }) => [...modelsByKey(facts).values()].map(({ id }) => id)));
  const silent = backends.filter(
    ({ facts }) => !facts.lists.some(({ kind, isComplete }) => kind === "ollama_model" && isComplete),
  );
  const unheard = silent.length === 0 ? "" : `; which models ${silent.length} of ${backends.length} servers have is not known`;
  if (names.size === 0)
    throw new AppError("NOT_FOUND", `no Ollama server has ${quote(wanted)}: no model is known at all${unheard}`);
  const near = nearestNames(key, [...names]);
  throw new AppError("NOT_FOUND", `no Ollama server has the model ${quote(wanted)}${unheard}. Ask again with one of: ${near}`);
}

function quote(text: string): string {
  return `"${text.length <= 64 ? text : `${text.slice(0, 64)}…`}"`;
}
