/**
 * How much memory of a GPU Ollama takes for a model, by Ollama's own prediction before it loads one: the file, and for every token of context
 * two vectors (key and value) a layer and head. Source: PredictServerVRAM (llm/llama_server.go) and effectiveLlamaServerContext (server/sched.go) of
 * ollama v0.32. What it adds for larger batches decides nothing: it takes smaller ones where they would not fit.
 */
import type { SubjectBody } from "../../api/node.ts";
import { booleanField, hasField, innerSubject, numberField, textField, textsField } from "../fields.ts";

/** What a model needs. */
export type MemoryNeed =
  | {
      readonly kind: "known";
      /** With the number format that the server keeps its context in. */
      readonly neededBytes: number;
      /**
       * What Ollama itself reckons with when it decides what to unload: it takes 16 bits for the context, whatever the setting. Of models whose heads
       * are not embedding ÷ heads long (qwen3, gemma3) it takes that quotient all the same; here it is their true length.
       */
      readonly predictedBytes: number;
      /** Of one request, in tokens. */
      readonly contextLengthTokens: number;
      readonly parallelCount: number;
    }
  /** It runs elsewhere. */
  | { readonly kind: "nothing" }
  /** Something is missing; `leastBytes` it takes in any case, where that much is known. */
  | { readonly kind: "unknown"; readonly missing: readonly string[]; readonly leastBytes: number | undefined };

/** What it depends on besides the model. */
export interface ServerConditions {
  /** Kind ollama_server; undefined where it is not known: Ollama's defaults then. */
  readonly server: SubjectBody | undefined;
  /** Memory of all GPUs together: Ollama's default context depends on it. Undefined where it is not known. */
  readonly totalVramBytes: number | undefined;
  /** Context that is asked for, in tokens; undefined for what the server takes by itself. */
  readonly contextLengthTokens?: number;
}

const gibibyte = 2 ** 30;
/** Context where nothing else is set, by the memory of all GPUs (routes.go of v0.32). */
const defaultContexts: readonly (readonly [fromGibibytes: number, tokens: number])[] = [
  [47, 262_144],
  [23, 32_768],
  [0, 4_096],
];
/** Bytes of one number of the context; the quantised ones have 32 numbers in 34 and 18 bytes (llama.cpp, block_q8_0 and block_q4_0). */
const bytesByCacheType: Readonly<Record<string, number>> = { f16: 2, bf16: 2, f32: 4, q8_0: 34 / 32, q4_0: 18 / 32 };
const defaultCacheBytes = 2;
/** What Ollama gives every request at least, and one to a model that sees (getRunner in sched.go). */
const leastContextTokens = 4;
const leastContextOfVisionTokens = 2_048;
/** Families that answer one request at a time, whatever is set (load in sched.go of v0.32). */
const singleFamilies = /^(?:mllama|qwen3vl(?:moe)?|qwen35(?:moe)?|qwen3next|lfm2(?:moe)?|nemotron_h.*)$/;

/** What a model on disk (kind ollama_model) needs. */
export function memoryNeed(model: SubjectBody, conditions: ServerConditions): MemoryNeed {
  if (booleanField(model, "isRemote") === true) return { kind: "nothing" };
  const sizeBytes = positive(numberField(model, "sizeBytes"));
  if (sizeBytes === undefined) return { kind: "unknown", missing: ["its size"], leastBytes: undefined };
  const settings = conditions.server === undefined ? undefined : innerSubject(conditions.server, "settings");
  const contextLengthTokens = contextOf(model, settings, conditions);
  if (contextLengthTokens === undefined) return { kind: "unknown", missing: ["its context"], leastBytes: sizeBytes };
  const parallelCount = isSingle(model) ? 1 : ((settings && positive(numberField(settings, "parallelCount"))) ?? 1);

  const numbers = numbersPerToken(model);
  if (numbers === undefined) {
    // One that only embeds keeps no context between requests; where its heads are not told, its file is what it takes.
    if (isEmbeddingOnly(model)) {
      return { kind: "known", neededBytes: sizeBytes, predictedBytes: sizeBytes, contextLengthTokens, parallelCount };
    }
    return { kind: "unknown", missing: ["its layers and heads"], leastBytes: sizeBytes };
  }
  const cacheNumbers = numbers * contextLengthTokens * parallelCount;
  return {
    kind: "known",
    neededBytes: Math.ceil(sizeBytes + cacheNumbers * cacheBytes(settings)),
    predictedBytes: sizeBytes + cacheNumbers * defaultCacheBytes,
    contextLengthTokens,
    parallelCount,
  };
}

/**
 * How many requests a server answers at the same time for a model: OLLAMA_NUM_PARALLEL, and one where the model makes only embeddings or is of a family
 * that cannot more. Undefined where the server's settings are not known, or the model runs elsewhere.
 */
export function requestSlots(model: SubjectBody, server: SubjectBody | undefined): number | undefined {
  if (booleanField(model, "isRemote") === true) return undefined;
  if (isSingle(model)) return 1;
  if (server === undefined || !hasField(server, "settings")) return undefined;
  return positive(numberField(innerSubject(server, "settings"), "parallelCount")) ?? 1;
}

/** The context that one request gets, as /api/ps says it: what is asked for within what Ollama and the model can. Undefined where it is not known. */
function contextOf(
  model: SubjectBody,
  settings: SubjectBody | undefined,
  { contextLengthTokens, totalVramBytes }: Pick<ServerConditions, "contextLengthTokens" | "totalVramBytes">,
): number | undefined {
  const asked =
    contextLengthTokens ??
    (settings === undefined ? undefined : positive(numberField(settings, "contextLengthTokens"))) ??
    (totalVramBytes === undefined ? undefined : defaultContext(totalVramBytes));
  if (asked === undefined) return undefined;
  const least = textsField(model, "capabilities").includes("vision") ? leastContextOfVisionTokens : leastContextTokens;
  return Math.min(Math.max(asked, least), positive(numberField(model, "maximumContextLengthTokens")) ?? Number.POSITIVE_INFINITY);
}

/** True for a model that makes embeddings and nothing else. */
function isEmbeddingOnly(model: SubjectBody): boolean {
  const capabilities = textsField(model, "capabilities");
  return capabilities.includes("embedding") && !capabilities.includes("completion");
}

/** Ollama gives more than one only to what completes; where a model's capabilities are not told, it is taken for one that does. */
function isSingle(model: SubjectBody): boolean {
  const capabilities = textsField(model, "capabilities");
  const isOther = capabilities.length > 0 && !capabilities.includes("completion");
  return isOther || singleFamilies.test(textField(model, "family"));
}

/** Keys and values of all layers. Of heads whose value has no length of its own, it is as long as the key. */
function numbersPerToken(model: SubjectBody): number | undefined {
  const layers = numberField(model, "layerCount");
  const heads = numberField(model, "keyValueHeadCount");
  const key = numberField(model, "keyLengthDimensions");
  if (layers === undefined || heads === undefined || key === undefined) return undefined;
  return layers * heads * (key + (numberField(model, "valueLengthDimensions") ?? key));
}

/** Without flash attention the context is kept in 16 bits, whatever is set. */
function cacheBytes(settings: SubjectBody | undefined): number {
  if (settings === undefined || booleanField(settings, "isFlashAttentionEnabled") === false) return defaultCacheBytes;
  return bytesByCacheType[textField(settings, "kvCacheType").toLowerCase()] ?? defaultCacheBytes;
}

function defaultContext(totalVramBytes: number): number {
  return defaultContexts.find(([from]) => totalVramBytes >= from * gibibyte)?.[1] ?? 4_096;
}

/** 0 is not set to Ollama, and not known to whoever tells of models. */
function positive(value: number | undefined): number | undefined {
  return value !== undefined && value > 0 ? value : undefined;
}
