/**
 * What a model can and how it is built, from /api/show. Its answer also holds people's prompts, messages and licences: of all that only these
 * few numbers and names are taken. Names of model_info are those of GGUF: ggml's docs/gguf.md and Ollama's fs/ggml.
 */
import { at, elementsOf, integerOf, textOf } from "../document-values.ts";
import { parseExactJson } from "../smart/exact-json.ts";

/** What was told of a model. */
export interface ModelDetails {
  readonly capabilities: readonly string[];
  readonly remoteHost: unknown;
  readonly contextLength: number | undefined;
  readonly embeddingLength: number | undefined;
  readonly layerCount: number | undefined;
  readonly keyValueHeadCount: number | undefined;
  readonly keyLength: number | undefined;
  readonly valueLength: number | undefined;
  readonly weightsDigest: string | undefined;
}

/** The details in the text of an answer; undefined where it is none. */
export function modelDetails(text: string): ModelDetails | undefined {
  let document: unknown;
  try {
    document = parseExactJson(text, "what Ollama answered for a model");
  } catch {
    return undefined; // asked again in a later run
  }
  const info = at(document, "model_info");
  const architecture = textOf(at(info, "general.architecture"));
  const part = (key: string): number | undefined => partCount(at(info, `${architecture}.${key}`));
  const embeddingLength = part("embedding_length");
  const headCount = part("attention.head_count");
  const headLength =
    embeddingLength === undefined || headCount === undefined ? undefined : partCount(embeddingLength / headCount);
  return {
    capabilities: capabilitiesIn(document),
    remoteHost: at(document, "remote_host"),
    contextLength: tokenCount(at(info, `${architecture}.context_length`)),
    embeddingLength,
    layerCount: part("block_count"),
    keyValueHeadCount: keyValueHeads(at(info, `${architecture}.attention.head_count_kv`), headCount),
    // Where the file does not say them, the heads share the length of the embedding.
    keyLength: part("attention.key_length") ?? headLength,
    valueLength: part("attention.value_length") ?? headLength,
    weightsDigest: weightsIn(document),
  };
}

/** A count of tokens within what the wire takes. */
export function tokenCount(value: unknown): number | undefined {
  return integerOf(value, 1, 2 ** 31);
}

/** A count of layers, heads or dimensions. */
export function partCount(value: unknown): number | undefined {
  return integerOf(value, 1, 1_000_000);
}

/** The text of an answer with nothing but what `modelDetails` reads, so that no recording has more. */
export function keepModelDetails(text: string): string {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return ""; // no JSON either
  }
  const info = Object.entries(Object(at(document, "model_info"))).filter(([key]) => readKeys.test(key));
  const weights = weightsIn(document);
  return JSON.stringify({
    error: at(document, "error"),
    capabilities: at(document, "capabilities"),
    remote_host: at(document, "remote_host"),
    model_info: Object.fromEntries(info),
    modelfile: weights === undefined ? "" : `FROM blobs/sha256-${weights}\n`,
  });
}

const readKeys =
  /^(?:general\.architecture|[^.]+\.(?:block_count|context_length|embedding_length|attention\.(?:head_count|head_count_kv|key_length|value_length)))$/;

/** One number for all layers; a file that says none has as many as heads of queries. Layers that differ have no one number. */
function keyValueHeads(value: unknown, headCount: number | undefined): number | undefined {
  if (value === undefined) return headCount;
  const [first, ...rest] = Array.isArray(value) ? elementsOf(value) : [value];
  return rest.every((each) => each === first) ? partCount(first) : undefined;
}

/** What a model can, as the list and the answer for one model say it. */
export function capabilitiesIn(document: unknown): readonly string[] {
  const texts = elementsOf(at(document, "capabilities")).map((each) => textOf(each, 32));
  return [...new Set(texts)].filter((each) => each !== "").slice(0, 16);
}

/** Ollama writes the file of the weights where a Modelfile names the model that it comes from. */
function weightsIn(document: unknown): string | undefined {
  const modelfile = at(document, "modelfile");
  return typeof modelfile === "string" ? /^FROM\s+\S*[/\\]sha256[-:]([0-9a-f]{64})\s*$/m.exec(modelfile)?.[1] : undefined;
}
