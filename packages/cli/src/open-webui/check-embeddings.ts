/**
 * Whether what was embedded before is found again: vectors of two models cannot be compared, nor of two quantisations of one. So the model at the new
 * address must be of the same digest as at the old one, as Open WebUI itself sees both.
 */
import { AppError } from "@nodekeeper/shared";
import type { EmbeddingBody } from "./bodies.ts";
import { isSameUrl } from "./connections.ts";
import { shownUrl } from "./shown-url.ts";
import type { WebUi } from "./web-ui.ts";

/** Where embeddings could be made. */
export interface EmbeddingsCandidate {
  readonly url: string;
  /** Of a Service the servers that it leads to: each may get the next request. */
  readonly behind: readonly string[];
}

/** What was found. */
export interface EmbeddingsChoice {
  readonly url: string;
  /** What people should know; undefined: all is as it was. */
  readonly note: string | undefined;
}

/** The first of the candidates with the same model. Throws CONFLICT where none has it; `isOtherAccepted` takes one of another digest. */
export async function chooseEmbeddings(
  webUi: Pick<WebUi, "digests">,
  { RAG_EMBEDDING_MODEL: model, ollama_config: { url: old, key } }: EmbeddingBody,
  candidates: readonly EmbeddingsCandidate[],
  isOtherAccepted: boolean,
  signal: AbortSignal,
): Promise<EmbeddingsChoice> {
  const before = old === "" ? undefined : digestOf(await webUi.digests(old, key, signal), model);
  const others: { readonly url: string; readonly digest: string }[] = [];
  const reasons: string[] = [];
  for (const { url, behind } of candidates) {
    if (isSameUrl(url, old)) return { url: old, note: undefined };
    // The key is the old address's: a new one is not shown it before somebody said yes.
    const models = await webUi.digests(url, "", signal);
    const digest = digestOf(models, model);
    const astray = digest === undefined ? undefined : await otherBehind(webUi, behind, model, digest, signal);
    if (astray !== undefined) {
      reasons.push(`${url} leads to ${astray}, too, which has not the same ${model}`);
      continue;
    }
    if (digest !== undefined && (digest === before || old === "")) return { url, note: undefined };
    if (digest !== undefined) others.push({ url, digest });
    const how = digest === undefined ? `has no ${model}` : `has another ${model} (${short(digest)})`;
    reasons.push(`${url} ${models === undefined ? "does not answer Open WebUI" : how}`);
  }
  const [other] = others;
  if (other !== undefined && isOtherAccepted) {
    return {
      url: other.url,
      note: `${model} is another there (${short(other.digest)}): have everything embedded anew, ${reindex}`,
    };
  }
  const was =
    before === undefined
      ? `which ${model} made the embeddings so far cannot be told, since ${shownUrl(old)} does not tell Open WebUI`
      : `embeddings were made by ${model} ${short(before)} so far`;
  const ways =
    others.length === 0
      ? `have it there (\`ollama pull ${model}\`)`
      : `have the same there, or accept it with --accept-other-embeddings and have everything embedded anew, ${reindex}`;
  throw new AppError(
    "CONFLICT",
    `${was}, and ${reasons.join("; ")}: what is embedded would not be found any more. Nothing was changed: ${ways}, or leave embeddings as they are with --no-embeddings`,
  );
}

/** A server that has another model of the name, or none; those that Open WebUI does not reach by themselves are not asked. */
async function otherBehind(
  webUi: Pick<WebUi, "digests">,
  behind: readonly string[],
  model: string,
  digest: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  for (const url of behind) {
    const models = await webUi.digests(url, "", signal);
    if (models !== undefined && digestOf(models, model) !== digest) return url;
  }
  return undefined;
}

const reindex = "Admin Panel → Settings → Documents → Reindex Knowledge and Memory Vectors";

function digestOf(models: ReadonlyMap<string, string> | undefined, model: string): string | undefined {
  const name = model.toLowerCase();
  return models?.get(name) ?? models?.get(`${name}:latest`);
}

function short(digest: string): string {
  return digest.replace(/^sha256:/, "").slice(0, 12);
}
