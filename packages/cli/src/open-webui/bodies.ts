/**
 * What Open WebUI keeps of its connections, as its admin API gives and takes it. Source: routers/ollama.py, retrieval.py and configs.py of version
 * 0.12.4. Fields that are not named here are kept as they are: a body is sent back as it came, with nothing changed but what is meant.
 */
import { AppError, type Fields, isFields } from "@nodekeeper/shared";
import { shownUrl } from "./shown-url.ts";

/** GET /ollama/config and POST /ollama/config/update. */
export interface OllamaBody extends Fields {
  /** Whether Ollama is used at all. */
  readonly ENABLE_OLLAMA_API: boolean;
  readonly OLLAMA_BASE_URLS: readonly string[];
  /** By the place of the URL in the list, as text: "0". */
  readonly OLLAMA_API_CONFIGS: Readonly<Record<string, Fields>>;
}

/** GET /api/v1/retrieval/embedding and POST …/embedding/update. */
export interface EmbeddingBody extends Fields {
  /** "ollama"; "" is a model in Open WebUI's own process. */
  readonly RAG_EMBEDDING_ENGINE: string;
  readonly RAG_EMBEDDING_MODEL: string;
  readonly ollama_config: Fields & { readonly url: string; readonly key: string };
}

/** One tool server. */
export interface ToolServer extends Fields {
  readonly url: string;
}

/** GET and POST /api/v1/configs/tool_servers. */
export interface ToolServersBody extends Fields {
  readonly TOOL_SERVER_CONNECTIONS: readonly ToolServer[];
}

/** Who answered, for messages. */
export interface Speaker {
  readonly place: string;
  readonly version: string;
}

/** Throws PEER_REFUSED where it is in another form. */
export function readOllamaBody(body: unknown, speaker: Speaker): OllamaBody {
  if (!isFields(body) || !isTexts(body["OLLAMA_BASE_URLS"])) throw otherForm("its Ollama connections", speaker);
  const configs = body["OLLAMA_API_CONFIGS"] ?? {};
  if (!isFields(configs) || !Object.values(configs).every(isFields)) throw otherForm("its Ollama connections", speaker);
  const byUrl = Object.keys(configs).find((key) => !/^\d+$/.test(key));
  if (byUrl !== undefined) {
    throw new AppError(
      "CONFLICT",
      `${speaker.place} keeps settings of its Ollama connections by their URL (${shownUrl(byUrl)}), as old versions did, and would lose them when they are ` +
        "written: save the connections once in its own page (Admin Panel → Settings → Connections), and try again",
    );
  }
  // Every value was looked at just above.
  const objects = configs as Readonly<Record<string, Fields>>;
  const isOn = body["ENABLE_OLLAMA_API"] === true;
  return { ...body, ENABLE_OLLAMA_API: isOn, OLLAMA_BASE_URLS: body["OLLAMA_BASE_URLS"], OLLAMA_API_CONFIGS: objects };
}

/** Throws PEER_REFUSED where it is in another form. */
export function readEmbeddingBody(body: unknown, speaker: Speaker): EmbeddingBody {
  const what = "how it makes embeddings";
  if (!isFields(body)) throw otherForm(what, speaker);
  const { RAG_EMBEDDING_ENGINE: engine, RAG_EMBEDDING_MODEL: model, ollama_config: ollama } = body;
  if (typeof engine !== "string" || typeof model !== "string" || !isFields(ollama)) throw otherForm(what, speaker);
  const { url, key } = ollama;
  if (typeof url !== "string" || typeof key !== "string") throw otherForm(what, speaker);
  return { ...body, RAG_EMBEDDING_ENGINE: engine, RAG_EMBEDDING_MODEL: model, ollama_config: { ...ollama, url, key } };
}

/** Throws PEER_REFUSED where it is in another form. */
export function readToolServersBody(body: unknown, speaker: Speaker): ToolServersBody {
  const servers = isFields(body) ? (body["TOOL_SERVER_CONNECTIONS"] ?? []) : undefined;
  if (!isFields(body) || !Array.isArray(servers) || !servers.every(isToolServer)) throw otherForm("its tool servers", speaker);
  return { ...body, TOOL_SERVER_CONNECTIONS: servers };
}

/** Without the stroke at the end: people and programs write it or not. */
export function bareUrl(url: string): string {
  return url.trim().replace(/\/+$/, "");
}

function isToolServer(value: unknown): value is ToolServer {
  return isFields(value) && typeof value["url"] === "string";
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}

function otherForm(what: string, { place, version }: Speaker): AppError {
  return new AppError(
    "PEER_REFUSED",
    `Open WebUI ${version} at ${place} tells ${what} in a form that is not known here (0.12.4 is): nothing was changed. Do it by hand, as ` +
      "docs/open-webui.md says",
  );
}
