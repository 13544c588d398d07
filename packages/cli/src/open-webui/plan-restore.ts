/** What goes back: only what is still as we set it. What somebody changed since is theirs: it stays, and is told. */
import { fieldsAt, textAt } from "@nodekeeper/shared";
import type { EmbeddingBody, OllamaBody, ToolServer, ToolServersBody } from "./bodies.ts";
import { type ChangeLine, lineOfStep, shownToolServer, turned } from "./change-line.ts";
import { type Connection, connectionsOf, isSameUrl, withConnections } from "./connections.ts";
import { isSame, isStill } from "./is-same.ts";
import type { ConnectionStep } from "./plan-ollama.ts";
import { nothing, shownUrl } from "./shown-url.ts";
import type { UndoRecord } from "./undo-record.ts";

/** What becomes of one part. */
export interface RestorePlan<Body> {
  /** As it is. */
  readonly now: Body;
  /** As it will be. */
  readonly body: Body;
  readonly lines: readonly ChangeLine[];
  /** Sentences about what stays. */
  readonly left: readonly string[];
}

type Part<Key extends "ollama" | "embeddingsUrl" | "toolServer"> = NonNullable<UndoRecord[Key]>;

/** The Ollama connections. */
export function restoreOllama(now: OllamaBody, { before, after, steps }: Part<"ollama">): RestorePlan<OllamaBody> {
  const switched: readonly ChangeLine[] =
    now.ENABLE_OLLAMA_API === after.ENABLE_OLLAMA_API && after.ENABLE_OLLAMA_API !== before.ENABLE_OLLAMA_API
      ? [{ what: "Ollama", before: "switched on", after: "switched off" }]
      : [];
  if (isSame(settingsOf(now), settingsOf(after))) {
    const lines = [...switched, ...steps.map((step) => turned(lineOfStep(step)))];
    return { now, body: { ...now, ...settingsOf(before) }, lines, left: [] };
  }
  if (isSame(settingsOf(now), settingsOf(before))) return { now, body: now, lines: [], left: [] };
  let connections = connectionsOf(now);
  const lines: ChangeLine[] = [];
  const left: string[] = [];
  for (const step of steps) {
    const next = undone(connections, step);
    if (typeof next === "string") left.push(next);
    else {
      connections = next;
      lines.push(turned(lineOfStep(step)));
    }
  }
  const body = lines.length === 0 ? now : withConnections(now, connections);
  const isOn = switched.length > 0 ? before.ENABLE_OLLAMA_API : now.ENABLE_OLLAMA_API;
  return { now, body: { ...body, ENABLE_OLLAMA_API: isOn }, lines: [...switched, ...lines], left };
}

/** The address of embeddings. */
export function restoreEmbeddings(now: EmbeddingBody, { before, after }: Part<"embeddingsUrl">): RestorePlan<EmbeddingBody> {
  const { url } = now.ollama_config;
  if (isSameUrl(url, before)) return { now, body: now, lines: [], left: [] };
  if (!isSameUrl(url, after)) {
    return { now, body: now, lines: [], left: [`embeddings: somebody set ${shownUrl(url)} since; that stays`] };
  }
  if (now.RAG_EMBEDDING_ENGINE !== "ollama") {
    return { now, body: now, lines: [], left: ["embeddings: they are not made by Ollama any more; its address stays"] };
  }
  const body = { ...now, ollama_config: { ...now.ollama_config, url: before } };
  return { now, body, lines: [{ what: "embeddings", before: shownUrl(after), after: shownUrl(before) }], left: [] };
}

/** What becomes of our tool server, and of the token that was made for it. */
export interface ToolServerRestorePlan extends RestorePlan<ToolServersBody> {
  /** Nothing there bears it afterwards. */
  readonly isTokenUnused: boolean;
}

/** Our tool server. */
export function restoreToolServer(now: ToolServersBody, { before, after }: Part<"toolServer">): ToolServerRestorePlan {
  const servers = now.TOOL_SERVER_CONNECTIONS;
  const isUnused = (list: readonly ToolServer[]): boolean => !list.some(({ key }) => isSame(key, after["key"]));
  const stay = (...left: readonly string[]): ToolServerRestorePlan => ({
    ...{ now, body: now, lines: [], left, isTokenUnused: isUnused(servers) },
  });
  if (before !== undefined && servers.some((server) => isCalled(server, before) && isStill(before, server))) return stay();
  const index = servers.findIndex((server) => isCalled(server, after));
  const server = servers[index];
  if (server === undefined) {
    const renamed = (textAt(after, "key") ?? "") === "" ? undefined : servers.find(({ key }) => isSame(key, after["key"]));
    if (renamed !== undefined) return stay(`tool server: somebody changed ${shownUrl(renamed.url)} since; it stays`);
    return before === undefined ? stay() : stay("tool server: it is not there any more, and does not come back");
  }
  if (!isStill(after, server)) return stay(`tool server: somebody changed ${shownUrl(server.url)} since; it stays`);
  const list = before === undefined ? servers.toSpliced(index, 1) : servers.with(index, before);
  const line = {
    what: "tool server",
    before: shownToolServer(server),
    after: before === undefined ? nothing : shownToolServer(before),
  } as const;
  return { now, body: { ...now, TOOL_SERVER_CONNECTIONS: list }, lines: [line], left: [], isTokenUnused: isUnused(list) };
}

/** Whether it is the one: by its address and its id. */
function isCalled(server: ToolServer, known: ToolServer): boolean {
  return isSameUrl(server.url, known.url) && textAt(fieldsAt(server, "info"), "id") === textAt(fieldsAt(known, "info"), "id");
}

/** The connections without one step, or why it stays. */
function undone(connections: readonly Connection[], step: ConnectionStep): readonly Connection[] | string {
  if (step.kind === "removed") {
    if (connections.some(({ url }) => isSameUrl(url, step.before.url)))
      return `${shownUrl(step.before.url)} is there again already`;
    return connections.toSpliced(step.index, 0, step.before);
  }
  const { after } = step;
  const index = connections.findIndex(({ url }) => isSameUrl(url, after.url));
  const found = connections[index];
  const back = step.kind === "replaced" ? `, and ${shownUrl(step.before.url)} does not come back` : "";
  if (found === undefined) return `Ollama connection: somebody took ${shownUrl(after.url)} out since${back}`;
  if (!isSame(found.config ?? {}, after.config ?? {})) {
    return `Ollama connection: somebody changed the settings of ${shownUrl(after.url)} since; it stays${back}`;
  }
  return step.kind === "added" ? connections.toSpliced(index, 1) : connections.with(index, step.before);
}

function settingsOf({
  ENABLE_OLLAMA_API,
  OLLAMA_BASE_URLS,
  OLLAMA_API_CONFIGS,
}: OllamaBody): Pick<OllamaBody, "ENABLE_OLLAMA_API" | "OLLAMA_BASE_URLS" | "OLLAMA_API_CONFIGS"> {
  return { ENABLE_OLLAMA_API, OLLAMA_BASE_URLS, OLLAMA_API_CONFIGS };
}
