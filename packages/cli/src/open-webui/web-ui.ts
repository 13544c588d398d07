/** The admin API of Open WebUI, as far as connections go. */
import { AppError, type Fields, isFields, listAt, textAt } from "@nodekeeper/shared";
import {
  bareUrl,
  type EmbeddingBody,
  type OllamaBody,
  readEmbeddingBody,
  readOllamaBody,
  readToolServersBody,
  type Speaker,
  type ToolServer,
  type ToolServersBody,
} from "./bodies.ts";
import type { WebUiAnswer, WebUiConnection } from "./web-ui-connection.ts";

/** What Open WebUI found at an address, from where it stands. */
export type Reach =
  | { readonly kind: "answers"; readonly body: Fields }
  | { readonly kind: "refuses" | "silent"; readonly reason: string };

/** Everything that connect and restore need of it. All throw AppError. */
export interface WebUi extends Speaker {
  ollama(signal: AbortSignal): Promise<OllamaBody>;
  saveOllama(body: OllamaBody, signal: AbortSignal): Promise<void>;
  embedding(signal: AbortSignal): Promise<EmbeddingBody>;
  saveEmbedding(body: EmbeddingBody, signal: AbortSignal): Promise<void>;
  toolServers(signal: AbortSignal): Promise<ToolServersBody>;
  saveToolServers(body: ToolServersBody, signal: AbortSignal): Promise<void>;
  /** Whether it gets an answer of JSON from a URL; as Ollama's, with the key and the settings of a connection. */
  reach(url: string, connection: { readonly key?: string; readonly config?: Fields }, signal: AbortSignal): Promise<Reach>;
  /** Digests of the models that an Ollama has, by their names in small letters; undefined: it does not answer Open WebUI. */
  digests(url: string, key: string, signal: AbortSignal): Promise<ReadonlyMap<string, string> | undefined>;
  /** Names of the tools that it makes of a tool server's document; undefined: it cannot get it. */
  toolsOf(server: ToolServer, signal: AbortSignal): Promise<readonly string[] | undefined>;
}

/** Finds out who is there, and whether the key is an admin's. */
export async function openWebUi(connection: WebUiConnection, signal: AbortSignal): Promise<WebUi> {
  const { place } = connection;
  const version = await versionOf(connection, signal);
  const speaker = { place, version };
  const get = async (path: string): Promise<unknown> => bodyOf(await connection.ask(path, undefined, signal), path, speaker);
  const post = async (path: string, body: unknown): Promise<unknown> =>
    bodyOf(await connection.ask(path, body, signal), path, speaker);
  const reach: WebUi["reach"] = async (url, { key = "", config = {} }) => {
    const { status, text } = await connection.ask("/ollama/verify", { url, key, config }, signal);
    const body = fieldsIn(text);
    if (status === 200 && body !== undefined) return { kind: "answers", body };
    const reason = textAt(body ?? {}, "detail") ?? `status ${status}`;
    return { kind: /HTTP Error: \d|External Error/.test(reason) ? "refuses" : "silent", reason };
  };
  return {
    ...speaker,
    ollama: async () => readOllamaBody(await get("/ollama/config"), speaker),
    saveOllama: async (body) => void (await post("/ollama/config/update", body)),
    embedding: async () => readEmbeddingBody(await get("/api/v1/retrieval/embedding"), speaker),
    saveEmbedding: async (body) => void (await post("/api/v1/retrieval/embedding/update", body)),
    toolServers: async () => readToolServersBody(await get("/api/v1/configs/tool_servers"), speaker),
    saveToolServers: async (body) => void (await post("/api/v1/configs/tool_servers", body)),
    reach,
    async digests(url, key) {
      const found = await reach(exactly(`${bareUrl(url)}/api/tags`), { key }, signal);
      if (found.kind !== "answers") return undefined;
      return new Map(
        listAt(found.body, "models").flatMap((model) => {
          const [name, digest] = [textAt(model, "model") ?? textAt(model, "name"), textAt(model, "digest")];
          return name === undefined || digest === undefined ? [] : [[name.toLowerCase(), digest] as const];
        }),
      );
    },
    async toolsOf(server) {
      const { status, text } = await connection.ask("/api/v1/configs/tool_servers/verify", server, signal);
      const body = fieldsIn(text);
      if (status !== 200 || body === undefined || !isFields(body["paths"])) return undefined;
      const operations = Object.values(body["paths"]).flatMap((methods) => (isFields(methods) ? Object.values(methods) : []));
      return operations.flatMap((operation) => (isFields(operation) ? (textAt(operation, "operationId") ?? []) : []));
    },
  };
}

/**
 * Open WebUI asks `URL/api/version` to see whether an Ollama is there, and hands on what was answered. What stands behind a # is not sent: so it can be
 * made to ask for something else, from where it stands and with the names and certificates that it knows.
 */
export function exactly(url: string): string {
  return `${url}#`;
}

async function versionOf(connection: WebUiConnection, signal: AbortSignal): Promise<string> {
  const { place } = connection;
  const { status, text, location } = await connection.ask("/api/version", undefined, signal);
  const version = textAt(fieldsIn(text) ?? {}, "version");
  if (status === 200 && version !== undefined) return version;
  if (location !== undefined) throw new AppError("PEER_REFUSED", `${place} sends on to ${location}: name that address`);
  throw new AppError("PEER_REFUSED", `there is no Open WebUI at ${place}: it answered ${status} to /api/version`);
}

/** What its answer holds. What it says of keys and rights becomes what is to be done about it. */
function bodyOf({ status, text }: WebUiAnswer, path: string, { place, version }: Speaker): unknown {
  if (status === 200) return jsonIn(text);
  const detail = textAt(fieldsIn(text) ?? {}, "detail") ?? "";
  const page = "Admin Panel → Settings";
  if (detail.includes("API key is not enabled")) {
    const advice = `switch API keys on there (${page} → Authentication → API Keys), or use the token of an admin's session`;
    throw new AppError("PEER_REFUSED", `${place} takes no API keys: ${advice}; see docs/open-webui.md`);
  }
  if (status === 403 && detail.includes("do not have permission")) {
    const advice = `allow it there (${page} → Authentication → API Key Endpoint Restrictions), or use the token of an admin's session`;
    throw new AppError("PEER_REFUSED", `${place} does not take this API key for ${path}: ${advice}`);
  }
  if (status === 401 && detail.includes("do not have permission")) {
    throw new AppError("PEER_REFUSED", `the key is not an admin's: ${place} lets only admins at its connections`);
  }
  if (status === 401 || status === 403) {
    throw new AppError(
      "PEER_REFUSED",
      `${place} does not know the key, or its time is over${detail === "" ? "" : ` (${detail})`}`,
    );
  }
  if (status === 404 || status === 405 || status === 422) {
    throw new AppError(
      "PEER_REFUSED",
      `what answers at ${place}, version ${version}, has no ${path} as Open WebUI 0.12.4 has it (${status}): is that Open WebUI, and not Ollama? If it is, do it by hand there`,
    );
  }
  throw new AppError(
    "PEER_REFUSED",
    `Open WebUI ${version} at ${place} answered ${status} to ${path}${detail === "" ? "" : `: ${detail}`}`,
  );
}

function fieldsIn(text: string): Fields | undefined {
  const value = jsonIn(text);
  return isFields(value) ? value : undefined;
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // a page of something else
  }
}
