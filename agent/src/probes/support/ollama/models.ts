/**
 * Models on disk. Sources: /api/tags, and /api/show once for each digest: what a model can and how it is built never changes under one digest.
 * Sizes are those of GGUF: ggml's docs/gguf.md and Ollama's fs/ggml.
 */
import type { OllamaModel } from "@nodekeeper/proto";
import { AppError } from "@nodekeeper/shared";
import type { SubjectValue } from "../../../payload.ts";
import { at, countOf, elementsOf, textOf } from "../document-values.ts";
import { printable } from "../printable.ts";
import { parseExactJson } from "../smart/exact-json.ts";
import { type Answer, refusalIn, type ServerAnswers } from "./ask-server.ts";
import { capabilitiesIn, modelDetails, partCount, tokenCount } from "./model-details.ts";
import { timestampMs } from "./timestamp.ts";

/** Elements of a list by name, and why it may lack some. */
export interface NamedList {
  readonly elements: ReadonlyMap<string, unknown>;
  readonly incompleteBecause: AppError | undefined;
}

/** What is known of models by digest: what an earlier run was told. */
export type KnownDetails = ReadonlyMap<string, OllamaModel>;

/** What a run may tell of models, or of loaded ones; more are not sent. */
export const maximumModels = 512;

/** The models in an answer to /api/tags or /api/ps. Throws where it is none. */
export function namedModels(answer: Answer, what: string): NamedList {
  const refusal = refusalIn(answer, what);
  if (refusal !== undefined || answer instanceof AppError) throw refusal;
  const document = parseExactJson(answer.text, `what Ollama answered ${what}`);
  const models = at(document, "models");
  // Go prints an empty list as null.
  if (!Array.isArray(models) && models !== null) {
    throw new AppError("HOST_ANSWER_MALFORMED", `what Ollama answered ${what} has no list of models`);
  }
  const elements = new Map<string, unknown>();
  let namelessCount = 0;
  for (const element of elementsOf(models)) {
    const name = nameOf(element);
    if (name === "" || elements.has(name)) namelessCount++;
    else elements.set(name, element);
  }
  const kept = new Map([...elements].slice(0, maximumModels));
  if (elements.size > kept.size) {
    const error = new AppError(
      "HOST_OUTPUT_TOO_LARGE",
      `Ollama has ${elements.size} models: the first ${maximumModels} are told`,
    );
    return { elements: kept, incompleteBecause: error };
  }
  const nameless = `Ollama answered ${what} with ${namelessCount} models without a name of their own`;
  return { elements: kept, incompleteBecause: namelessCount > 0 ? new AppError("HOST_ANSWER_MALFORMED", nameless) : undefined };
}

/** The names of models that are still to be asked for, one for each digest. */
export function modelsToShow(tags: Answer, known: KnownDetails): readonly string[] {
  const byDigest = new Map<string, string>();
  for (const [name, element] of listed(tags)) {
    const digest = digestOf(element);
    const before = known.get(digest);
    if (digest !== "" && (before === undefined || !isDetailed(before)) && !byDigest.has(digest)) byDigest.set(digest, name);
  }
  return [...byDigest.values()];
}

/** What was told of models in this run: names that share a digest share the details. */
export function showsByDigest({ tags, shows }: Pick<ServerAnswers, "tags" | "shows">): ReadonlyMap<string, Answer> {
  const byDigest = new Map<string, Answer>();
  for (const [name, element] of listed(tags)) {
    const show = shows.get(name);
    if (show !== undefined) byDigest.set(digestOf(element), show);
  }
  return byDigest;
}

/** One model: what the list says, with its details from this run or an earlier one. */
export function modelValue(
  element: unknown,
  show: Answer | undefined,
  known: OllamaModel | undefined,
): SubjectValue<"ollama_model"> {
  const detail = (key: string, maximumBytes: number): string => textOf(at(element, "details", key), maximumBytes);
  // A bad answer takes nothing from what the list says.
  const shown = show === undefined || show instanceof AppError || show.status !== 200 ? undefined : modelDetails(show.text);
  const listedCapabilities = capabilitiesIn(element);
  const capabilities =
    [shown?.capabilities, listedCapabilities, known?.capabilities].find((each) => each !== undefined && each.length > 0) ?? [];
  const isEmbedding = capabilities.includes("embedding");
  const embedding = (each: number | undefined): number | undefined => (isEmbedding ? each : undefined);
  const remote = at(element, "remote_host") ?? at(element, "remote_model") ?? shown?.remoteHost;
  return {
    digest: digestOf(element),
    sizeBytes: countOf(at(element, "size"), maximumSizeBytes),
    modifiedAtUnixMs: bigintOf(timestampMs(at(element, "modified_at"))),
    family: detail("family", 64),
    parameterSize: detail("parameter_size", 32),
    quantization: detail("quantization_level", 32),
    capabilities: [...capabilities],
    maximumContextLengthTokens:
      shown?.contextLength ?? tokenCount(at(element, "details", "context_length")) ?? known?.maximumContextLengthTokens,
    embeddingLengthDimensions:
      embedding(shown?.embeddingLength) ??
      embedding(partCount(at(element, "details", "embedding_length"))) ??
      known?.embeddingLengthDimensions,
    isRemote: (typeof remote === "string" && remote !== "") || known?.isRemote === true,
    layerCount: shown?.layerCount ?? known?.layerCount,
    keyValueHeadCount: shown?.keyValueHeadCount ?? known?.keyValueHeadCount,
    keyLengthDimensions: shown?.keyLength ?? known?.keyLengthDimensions,
    valueLengthDimensions: shown?.valueLength ?? known?.valueLengthDimensions,
    weightsDigest: shown?.weightsDigest ?? known?.weightsDigest ?? "",
  };
}

/** A model's digest, as the lists say it: 64 hexadecimal digits. */
export function digestOf(element: unknown): string {
  const digest = textOf(at(element, "digest"), 80).replace(/^sha256:/, "");
  return /^[0-9a-f]{64}$/.test(digest) ? digest : "";
}

/** A size that no machine has. */
export const maximumSizeBytes: bigint = 2n ** 60n;

/** As Ollama calls it in both fields. */
function nameOf(element: unknown): string {
  const name = at(element, "name") ?? at(element, "model");
  return typeof name === "string" ? printable(name.trim(), 256) : "";
}

function listed(tags: Answer): NamedList["elements"] {
  try {
    return namedModels(tags, "for its models").elements;
  } catch {
    return new Map(); // whoever parses the same answer says why
  }
}

/** Whether asking again would bring nothing new: a model that runs elsewhere, and one that makes images, has no layers to tell. */
function isDetailed({ layerCount, weightsDigest, isRemote, capabilities }: OllamaModel): boolean {
  if (layerCount !== undefined || weightsDigest !== "") return true;
  return capabilities.length > 0 && (isRemote === true || capabilities.includes("image"));
}

function bigintOf(value: number | undefined): bigint | undefined {
  return value === undefined ? undefined : BigInt(value);
}
