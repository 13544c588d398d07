/** How one server would take a request for a model that it has. Pure. */
import type { SubjectBody } from "@nodekeeper/shared/api";
import { booleanField, numberField } from "@nodekeeper/shared/fields";
import {
  loadedModelOf,
  type MachineFacts,
  type ModelFit,
  type ModelPlacement,
  type ModelUse,
  modelFit,
  modelUse,
  modelUseText,
  placements,
  presentSubjects,
} from "@nodekeeper/shared/readings";
import type { Backend } from "./backend.ts";

/** The best first. */
export const standings = ["loaded", "fits", "asleep", "unloads", "reloads", "untold", "on-cpu", "left-out"] as const;

/**
 * loaded: it is in memory as it is wanted. fits: beside what is loaded. asleep: after its GPU woke. unloads: others are unloaded first. reloads: it is
 * loaded with another context, and is loaded anew. untold: whether it fits is not known. on-cpu: the machine has no GPU, or it lies on the CPU now.
 * left-out: it gets no requests.
 */
export type Standing = (typeof standings)[number];

/** The standing of a server, and what it would cost. */
export interface JudgedStanding {
  readonly standing: Standing;
  /** Why, in one sentence. */
  readonly text: string;
  /** Models that would go, in their order, and when each was used last. */
  readonly wouldUnload: readonly ModelUse[];
  readonly freeBytes: number;
  readonly loaded: LoadedAs;
}

/**
 * Whether it is in memory already. otherwise: with another context than is asked for, or than the server's own where none is asked for, so that it may be
 * loaded anew.
 */
export type LoadedAs = "as-wanted" | "otherwise" | "no";

/** `contextLengthTokens` as in modelFit; `nowMs` is ms since 1970. */
export function standingOf(
  model: SubjectBody,
  { facts, gpus }: Backend,
  contextLengthTokens: number | undefined,
  nowMs: number,
): JudgedStanding {
  const fit = modelFit(model, facts, nowMs, contextLengthTokens);
  const [server] = presentSubjects(facts.subjects, "ollama_server");
  const wouldUnload = fit.unload.flatMap((name) => {
    const loaded = presentSubjects(facts.subjects, "ollama_loaded_model").find(({ id }) => id === name);
    return loaded === undefined ? [] : [modelUse(loaded, server)];
  });
  const used = wouldUnload.map((use) => `${use.model}: ${modelUseText(use, nowMs)}`).join("; ");
  const loaded = loadedModelOf(model, facts);
  const context = loaded && numberField(loaded, "contextLengthTokens");
  const own = fit.contextLengthTokens;
  const wanted = own ?? contextLengthTokens;
  // A context that Ollama does not tell is held against it only where one is asked for.
  const isTold = context !== undefined || contextLengthTokens !== undefined;
  const isOther = isTold && wanted !== undefined && context !== wanted;
  const of = (standing: Standing, text: string): JudgedStanding => ({
    ...{ standing, text: used === "" ? text : `${text} (${used})`, wouldUnload },
    freeBytes: fit.freeBytes ?? 0,
    loaded: loaded === undefined ? "no" : isOther ? "otherwise" : "as-wanted",
  });

  if (booleanField(model, "isRemote") === true) return of("fits", fit.text);
  if (loaded !== undefined) {
    const placement = placements(facts).find((each) => each.model === loaded.id);
    if (placement !== undefined && isOnCpu(placement)) {
      const anew = modelFit(model, without(facts, loaded), nowMs, contextLengthTokens);
      // Whoever loaded it there did so onto a card that is too small for it.
      if (isTooLarge(anew)) return of("left-out", `it lies partly on the CPU there: ${anew.text}`);
      return of("on-cpu", `it is loaded there, ${placement.text}`);
    }
    if (!isOther) return of("loaded", "it is loaded there");
    if (contextLengthTokens === undefined) {
      const has = `it is loaded there, with a context of ${context} tokens`;
      return of("loaded", `${has}: a request that means the server's own, of ${own}, may load it anew`);
    }
    const has = context === undefined ? "another context" : `a context of ${context} tokens`;
    if (fit.answer === "now" || fit.answer === "after-unload")
      return of("reloads", `it is loaded there with ${has}, and would be loaded anew`);
  }
  switch (fit.answer) {
    case "now": {
      const sleeper = gpus.find(({ id, verdict }) => verdict === "asleep" && (fit.gpuId === undefined || fit.gpuId === id));
      if (sleeper === undefined) return of("fits", fit.text);
      return of("asleep", sleeper.wakeCost === undefined ? fit.text : `${fit.text}. ${sleeper.wakeCost.replace(/\.$/, "")}`);
    }
    case "after-unload":
      return of("unloads", fit.text);
    case "without-others":
      return of("left-out", fit.text);
    case "never":
      // No GPU at all is its owner's choice; a card that is too small would be a surprise.
      return isTooLarge(fit) ? of("left-out", fit.text) : of("on-cpu", `it runs on the CPU there: ${fit.text}`);
    case "unknown":
      return of("untold", `whether it fits is not known without ${fit.missing.join(" and ")}`);
  }
}

/** By the driver, or as Ollama itself says where the driver cannot be asked. */
function isOnCpu({ placement, claimedPercent }: ModelPlacement): boolean {
  if (placement === "unknown") return claimedPercent !== undefined && claimedPercent < 100;
  return placement !== "gpu";
}

function isTooLarge({ answer, capacityBytes }: ModelFit): boolean {
  return answer === "never" && capacityBytes !== undefined;
}

function without({ subjects, lists }: MachineFacts, loaded: SubjectBody): MachineFacts {
  return { subjects: subjects.filter((subject) => subject !== loaded), lists };
}
