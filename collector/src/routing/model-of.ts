/** The model of a name among those of a machine. Names are looked up for each request and each server: they are put in order once. */
import type { SubjectBody } from "@nodekeeper/shared/api";
import { type MachineFacts, presentSubjects } from "@nodekeeper/shared/readings";
import { modelKey } from "./model-name.ts";

/** Undefined where the machine's Ollama does not have it, as far as is known. */
export function modelOf(facts: MachineFacts, name: string): SubjectBody | undefined {
  return modelsByKey(facts).get(modelKey(name));
}

/** All of them, by the one form of their names. */
export function modelsByKey(facts: MachineFacts): ReadonlyMap<string, SubjectBody> {
  const known = made.get(facts);
  if (known !== undefined) return known;
  const models = new Map<string, SubjectBody>();
  for (const model of presentSubjects(facts.subjects, "ollama_model")) {
    const key = modelKey(model.id);
    if (!models.has(key)) models.set(key, model);
  }
  made.set(facts, models);
  return models;
}

const made = new WeakMap<MachineFacts, ReadonlyMap<string, SubjectBody>>();
