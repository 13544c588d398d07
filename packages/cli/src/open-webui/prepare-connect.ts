/** Finds out what `open-webui connect` would change, by asking alone: nothing is written here. */
import { AppError, isLoopback } from "@nodekeeper/shared";
import { type AddressTools, isService, type OllamaAddresses, ollamaAddresses, reachedOllama, toolsAddress } from "./addresses.ts";
import type { EmbeddingBody, OllamaBody, ToolServer, ToolServersBody } from "./bodies.ts";
import { type ChangeLine, lineOfStep, secretNoteOfStep, shownToolServer } from "./change-line.ts";
import { chooseEmbeddings, type EmbeddingsCandidate } from "./check-embeddings.ts";
import { isSameUrl } from "./connections.ts";
import { type ConnectionStep, type OllamaPlan, planOllama } from "./plan-ollama.ts";
import { findToolServer, mendedToolServer, newToolServer, type OwnToolServer, type ToolServerWish } from "./plan-tool-server.ts";
import { nothing, shownUrl } from "./shown-url.ts";

/** What somebody said of it; what is not said nodekeeper finds. */
export interface ConnectWish {
  readonly ollamaUrls: readonly string[];
  readonly embeddingsUrl: string | undefined;
  readonly toolsUrl: string | undefined;
  readonly toolsId: string;
  /** For the tools, in place of a new one. */
  readonly toolsToken: string | undefined;
  readonly replace: readonly string[];
  readonly isForAdminsOnly: boolean;
  readonly hasEmbeddings: boolean;
  readonly hasTools: boolean;
  readonly isOtherEmbeddingsAccepted: boolean;
}

/** What would be done. */
export interface ConnectPlan {
  readonly lines: readonly ChangeLine[];
  /** What else people should know, in sentences. */
  readonly notes: readonly string[];
  /** Parts that are not there stay as they are. */
  readonly ollama?: { readonly before: OllamaBody; readonly after: OllamaBody; readonly steps: readonly ConnectionStep[] };
  readonly embedding?: { readonly before: EmbeddingBody; readonly after: EmbeddingBody };
  readonly toolServer?: ToolServerPlan;
}

/** What becomes of the tool server. */
export interface ToolServerPlan {
  readonly before: ToolServersBody;
  readonly own: OwnToolServer | undefined;
  /** As it will be, for a token; undefined: with the one that it has. */
  readonly make: (token: string | undefined) => ToolServer;
  readonly token: TokenSource;
}

/** Where its token comes from: what is there already, what somebody gave ("" is none), or a new one. */
export type TokenSource =
  | { readonly kind: "kept" }
  | { readonly kind: "given"; readonly text: string }
  | { readonly kind: "created" };

/** What the plan of one part adds. */
interface Part<Key extends "ollama" | "embedding" | "toolServer"> {
  readonly lines: readonly ChangeLine[];
  readonly notes: readonly string[];
  readonly plan: ConnectPlan[Key];
}

/** Plans it. `place` is how the collector is asked. Throws AppError where something is in the way. */
export async function prepareConnect(tools: AddressTools, wish: ConnectWish, place: string): Promise<ConnectPlan> {
  const ollamaBefore = await tools.webUi.ollama(tools.signal);
  const embeddingBefore = await tools.webUi.embedding(tools.signal);
  const serversBefore = await tools.webUi.toolServers(tools.signal);
  const known = await ollamaAddresses(tools);
  const ollama = await prepareOllama(tools, wish, ollamaBefore, known);
  const embedding = await prepareEmbedding(tools, wish, embeddingBefore, known.candidates.embeddings);
  const toolServer = wish.hasTools ? await prepareToolServer(tools, wish, serversBefore, place) : undefined;
  return {
    lines: [...ollama.lines, ...embedding.lines, ...(toolServer?.lines ?? [])],
    notes: [...ollama.notes, ...embedding.notes, ...(toolServer?.notes ?? [])],
    ...(ollama.plan === undefined ? {} : { ollama: ollama.plan }),
    ...(embedding.plan === undefined ? {} : { embedding: embedding.plan }),
    ...(toolServer?.plan === undefined ? {} : { toolServer: toolServer.plan }),
  };
}

async function prepareOllama(
  tools: AddressTools,
  { ollamaUrls, replace }: ConnectWish,
  before: OllamaBody,
  { known, resting, candidates }: OllamaAddresses,
): Promise<Part<"ollama">> {
  const groups = ollamaUrls.length > 0 ? [ollamaUrls] : candidates.generation;
  const urls = await reachedOllama(tools, "generation", groups);
  const unreached = (groups.find((group) => group.some((url) => urls.includes(url))) ?? []).filter((url) => !urls.includes(url));
  // Where servers stand in the list themselves, one that rests keeps its place.
  const isByServer = ollamaUrls.length === 0 && !urls.some(isService);
  const replaceable = isByServer ? known.filter((url) => !resting.includes(url)) : known;
  const { after, steps, kept, absent }: OllamaPlan = planOllama(before, { urls, known: replaceable, replace });
  const lines: ChangeLine[] = steps.map(lineOfStep);
  if (!before.ENABLE_OLLAMA_API) lines.unshift({ what: "Ollama", before: "switched off", after: "switched on" });
  const notes = [
    ...steps.flatMap(secretNoteOfStep),
    ...absent.map((url) => `--replace ${url}: there is no such connection`),
    ...unreached.map((url) => `${url} is left out: Open WebUI does not reach it`),
    ...kept.map(
      ({ url, because }) =>
        `${shownUrl(url)} stays: ${because}${because === "switched off" ? "" : ` (--replace ${shownUrl(url)} takes it out)`}`,
    ),
  ];
  return { lines, notes, plan: lines.length === 0 ? undefined : { before, after, steps } };
}

async function prepareEmbedding(
  { webUi, signal }: AddressTools,
  { hasEmbeddings, embeddingsUrl, isOtherEmbeddingsAccepted }: ConnectWish,
  before: EmbeddingBody,
  groups: readonly (readonly string[])[],
): Promise<Part<"embedding">> {
  const none = (...notes: readonly string[]): Part<"embedding"> => ({ lines: [], notes, plan: undefined });
  const { RAG_EMBEDDING_ENGINE: engine, RAG_EMBEDDING_MODEL: model, ollama_config: ollama } = before;
  if (!hasEmbeddings) return none();
  if (engine !== "ollama") {
    return none(`embeddings stay as they are: they are made by ${engine === "" ? "Open WebUI itself" : engine}, not by Ollama`);
  }
  const candidates =
    embeddingsUrl === undefined ? embeddingsCandidates(groups, ollama.url) : [{ url: embeddingsUrl, behind: [] }];
  if (candidates.length === 0)
    return none("embeddings stay as they are: no server is for embeddings now (`nodekeeper routes` says why)");
  const { url, note } = await chooseEmbeddings(webUi, before, candidates, isOtherEmbeddingsAccepted, signal);
  const notes = note === undefined ? [] : [note];
  if (isSameUrl(url, ollama.url)) return none(...notes);
  const line = { what: "embeddings", before: shownUrl(ollama.url), after: `${url} (${model} as before)` } as const;
  const shown = note === undefined ? line : { ...line, after: url };
  return { lines: [shown], notes, plan: { before, after: { ...before, ollama_config: { ...ollama, url } } } };
}

/** The Service, then where they are made now, if that is a server that serves, then the others. */
function embeddingsCandidates(groups: OllamaAddresses["candidates"]["embeddings"], old: string): readonly EmbeddingsCandidate[] {
  const urls = groups.flat();
  const servers = urls.filter((url) => !isService(url));
  const ordered = [...servers.filter((url) => isSameUrl(url, old)), ...servers.filter((url) => !isSameUrl(url, old))];
  return [...urls.filter(isService).map((url) => ({ url, behind: servers })), ...ordered.map((url) => ({ url, behind: [] }))];
}

async function prepareToolServer(
  tools: AddressTools,
  { toolsUrl, toolsId, toolsToken, isForAdminsOnly }: ConnectWish,
  before: ToolServersBody,
  place: string,
): Promise<Part<"toolServer">> {
  const { webUi, signal } = tools;
  const url = toolsUrl ?? (await toolsAddress(tools, place));
  const wish: ToolServerWish = { url, id: toolsId, isForEverybody: !isForAdminsOnly };
  const own = findToolServer(before, wish);
  const make = (token: string | undefined): ToolServer =>
    own === undefined ? newToolServer(wish, token ?? "") : mendedToolServer(own, wish, token);
  const works = async (token: string | undefined): Promise<boolean> => (await webUi.toolsOf(make(token), signal)) !== undefined;
  const token = await tokenFor(url, toolsToken, own !== undefined && (await works(undefined)));
  if (token.kind === "given" && !(await works(token.text))) throw toolsRefused(url, webUi.place);
  const after = make(token.kind === "given" ? token.text : undefined);
  const shown = { before: shownToolServer(own?.server), after: `${shownToolServer(after)} as server:${toolsId}` };
  const lines: ChangeLine[] = [];
  if (own === undefined || shownToolServer(own.server) !== shownToolServer(after)) lines.push({ what: "tool server", ...shown });
  const isNewToken = token.kind === "created" || (token.kind === "given" && token.text !== (own?.server["key"] ?? ""));
  if (isNewToken) {
    const given =
      token.kind === "created" ? "a new one of nodekeeper: gpu:read, health:read" : token.text === "" ? nothing : "from the file";
    if (given !== nothing)
      lines.push({ what: "tool server's token", before: own === undefined ? nothing : "one that does not work", after: given });
  }
  return { lines, notes: [], plan: lines.length === 0 ? undefined : { before, own, make, token } };
}

/** On the collector's own machine nobody needs one. */
async function tokenFor(url: string, given: string | undefined, isWorking: boolean): Promise<TokenSource> {
  if (given !== undefined) return { kind: "given", text: given };
  if (isWorking) return { kind: "kept" };
  const { protocol, hostname } = new URL(url);
  if (protocol === "http:" && isLoopback(hostname.replace(/^\[|\]$/g, ""))) return { kind: "given", text: "" };
  return { kind: "created" };
}

/** Open WebUI does not say why. */
export function toolsRefused(url: string, place: string): AppError {
  const why =
    "does it get there, does it trust the certificate, is the token good for gpu:read? docs/open-webui.md says what it needs";
  return new AppError("PEER_UNREACHABLE", `Open WebUI at ${place} gets no tools from ${url}: ${why}`);
}
