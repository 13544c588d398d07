/** Which loaded model is the one that is meant. A runner belongs to weights: whoever is made from the same ones shares it, under the first name. */
import type { SubjectBody } from "../../api/node.ts";
import { textField } from "../fields.ts";
import type { MachineFacts } from "../gpu/gpu-users.ts";
import { presentSubjects } from "../subjects.ts";

/** The loaded model whose runner serves a model on disk; undefined where none was seen lately. Ollama's key of a runner is its file of weights (sched.go). */
export function loadedModelOf(model: SubjectBody, { subjects }: Pick<MachineFacts, "subjects">): SubjectBody | undefined {
  const models = presentSubjects(subjects, "ollama_model");
  return presentSubjects(subjects, "ollama_loaded_model")
    .filter(({ outcome, freshness }) => outcome === "ok" && freshness === "fresh")
    .find((loaded) => isSame(loaded, model, models));
}

/** Whether a loaded model serves a model on disk; `models` are all on disk, which tell the weights of the loaded one. */
export function isSame(loaded: SubjectBody, model: SubjectBody, models: readonly SubjectBody[]): boolean {
  const digest = textField(loaded, "digest");
  if (loaded.id === model.id || (digest !== "" && digest === textField(model, "digest"))) return true;
  const weights = textField(model, "weightsDigest");
  const loader = models.find((each) => each.id === loaded.id || (digest !== "" && textField(each, "digest") === digest));
  return weights !== "" && loader !== undefined && textField(loader, "weightsDigest") === weights;
}
