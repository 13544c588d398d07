/** Where Open WebUI is to find Ollama and the tools: what somebody said, else what nodekeeper knows and Open WebUI reaches. */
import { AppError, defaultAddresses, publicPorts } from "@nodekeeper/shared";
import type { ApiClient, Explanation, RouteKind, RouteTableBody } from "@nodekeeper/shared/api";
import type { WebUi } from "./web-ui.ts";

/** Who is asked. */
export interface AddressTools {
  readonly api: ApiClient;
  readonly webUi: WebUi;
  readonly signal: AbortSignal;
}

/** What nodekeeper knows of Ollama. */
export interface OllamaAddresses {
  /** Of every server, serving or not, and of the Services. */
  readonly known: readonly string[];
  /** Of servers that are for generation and do not serve now: they will again. */
  readonly resting: readonly string[];
  /** Groups for each kind of requests, the best first: the cluster's Service where there is one, then each server that serves. */
  readonly candidates: Readonly<Record<RouteKind, readonly (readonly string[])[]>>;
}

/** Where a Service listens: as its servers. */
const ollamaPort = 11434;
const usualNamespace = "nodekeeper";

/** Whether an address is that of a Service of ours. */
export function isService(url: string): boolean {
  return /^http:\/\/ollama-(generation|embeddings)\.[\w-]+\.svc:/.test(url);
}

/** Asks the collector. */
export async function ollamaAddresses({ api, signal }: AddressTools): Promise<OllamaAddresses> {
  const table = await api.routes(signal);
  const services = await servicesOf(api, signal);
  const urlsOf = (servers: RouteTableBody["servers"]): readonly string[] =>
    servers.flatMap(({ url }) => (url === undefined ? [] : [url]));
  return {
    known: [...urlsOf(table.servers), ...services.all],
    resting: urlsOf(table.servers.filter(({ kinds, isServing }) => kinds.includes("generation") && !isServing)),
    candidates: {
      generation: candidatesOf(services.generation, serving(table, "generation")),
      embeddings: candidatesOf(services.embeddings, ...serving(table, "embeddings").map((url) => [url])),
    },
  };
}

/** The addresses of a kind that Open WebUI reaches all; the first group that it does. Throws PEER_UNREACHABLE. */
export async function reachedOllama(
  { api, webUi, signal }: AddressTools,
  kind: RouteKind,
  candidates: readonly (readonly string[])[],
): Promise<readonly string[]> {
  const tried: string[] = [];
  for (const urls of candidates) {
    const reaches = await Promise.all(urls.map(async (url) => ({ url, reach: await webUi.reach(url, {}, signal) })));
    const answering = reaches.filter(({ reach }) => reach.kind === "answers").map(({ url }) => url);
    if (answering.length > 0) return answering;
    tried.push(...urls);
  }
  if (tried.length === 0) {
    const why = whyNone(await api.routes(signal), kind);
    const flag = kind === "generation" ? "--ollama-url" : "--embeddings-url";
    throw new AppError("CONFLICT", `no Ollama serves ${kind} now: ${why}. Or name an address yourself (${flag})`);
  }
  const advice = "do its pods or its machine get there (NetworkPolicy, firewall, names)?";
  throw new AppError(
    "PEER_UNREACHABLE",
    `Open WebUI at ${webUi.place} does not reach ${tried.join(", ")}: ${advice} Nothing was changed`,
  );
}

/** The address of the tools that Open WebUI reaches. Throws PEER_UNREACHABLE. */
export async function toolsAddress(tools: AddressTools, place: string): Promise<string> {
  const { webUi, signal } = tools;
  const candidates = await toolsCandidates(tools, place);
  for (const url of candidates) {
    const { kind } = await webUi.reach(`${url}/openapi.json#`, {}, signal);
    if (kind !== "silent") return url; // without a token it may be refused, and is reached
  }
  const advice =
    "does it get there, does it trust the collector's certificate, and is the name one of --public-name? docs/open-webui.md says how; or name " +
    "another with --tools-url (a collector on another port, say), or leave the tools out with --no-tools. Nothing was changed";
  throw new AppError(
    "PEER_UNREACHABLE",
    `Open WebUI at ${webUi.place} does not reach the tools at ${candidates.join(", ")}: ${advice}`,
  );
}

/** By the names that others know first; this machine's loopback leads Open WebUI here only where it runs here, too. */
async function toolsCandidates({ api, signal }: AddressTools, place: string): Promise<readonly string[]> {
  const names = await certificateNames(api, signal);
  const url = URL.parse(place);
  const asAsked = url?.protocol === "https:" || url?.protocol === "http:" ? [url.origin] : [];
  const called = names.map((name) => `https://${name}:${publicPorts.http}`);
  const own = `http://${defaultAddresses.collectorHttp}`;
  return [...new Set([...asAsked.filter((each) => each.startsWith("https:")), ...called, ...asAsked, own])].map(
    (each) => `${each}/tools`,
  );
}

/** Names of its certificate; none where it has none, or does not tell us. */
async function certificateNames(api: ApiClient, signal: AbortSignal): Promise<readonly string[]> {
  const { certificate } = await api.authority(signal).catch((thrown: unknown) => {
    const { code } = AppError.from(thrown);
    if (code === "CONFLICT" || code === "FORBIDDEN" || code === "IDENTITY_MISSING") return { certificate: { names: [] } };
    throw thrown;
  });
  return certificate.names.filter((name) => name.includes("."));
}

interface Services {
  readonly generation: readonly string[];
  readonly embeddings: readonly string[];
  /** Under all their names. */
  readonly all: readonly string[];
}

/** The Services that lead somewhere in the cluster. */
async function servicesOf(api: ApiClient, signal: AbortSignal): Promise<Services> {
  const { isConfigured } = await api.reconcile(signal);
  if (!isConfigured) return { generation: [], embeddings: [], all: [] };
  const namespace = namespaceIn(await certificateNames(api, signal));
  const named = async (kind: RouteKind): Promise<readonly string[]> => {
    const { explanations } = await api.explain(`ollama-${kind}`, undefined, signal).catch(ifUnknown);
    return leads(explanations) ? [`http://ollama-${kind}.${namespace}.svc:${ollamaPort}`] : [];
  };
  const [generation, embeddings] = [await named("generation"), await named("embeddings")];
  const longer = [...generation, ...embeddings].map((url) => url.replace(".svc:", ".svc.cluster.local:"));
  return { generation, embeddings, all: [...generation, ...embeddings, ...longer] };
}

/** The Service is there, is ours, and has at least one server behind it. */
function leads(explanations: readonly Explanation[]): boolean {
  const isOurs = ({ live, owner }: Explanation): boolean => live !== undefined && owner !== "foreign";
  return (
    explanations.some((each) => each.item === "service" && isOurs(each)) &&
    explanations.some((each) => each.item !== "service" && isOurs(each))
  );
}

function ifUnknown(thrown: unknown): { readonly explanations: readonly Explanation[] } {
  if (AppError.from(thrown).code === "NOT_FOUND") return { explanations: [] };
  throw thrown;
}

/** The collector's own, where the Services are: nodekeeper-collector.NAMESPACE.svc. */
function namespaceIn(names: readonly string[]): string {
  return names.map((name) => /^[\w-]+\.([\w-]+)\.svc\b/.exec(name)?.[1]).find((found) => found !== undefined) ?? usualNamespace;
}

function serving({ servers }: RouteTableBody, kind: RouteKind): readonly string[] {
  return servers.flatMap(({ kinds, isServing, url }) => (isServing && url !== undefined && kinds.includes(kind) ? [url] : []));
}

/** In a few words, since `nodekeeper routes` has all of it. */
function whyNone({ servers }: RouteTableBody, kind: RouteKind): string {
  if (servers.length === 0) return "no agent sees one, and the policy names none (docs/policy.md#routing)";
  const reasons = servers
    .slice(0, 3)
    .map(({ name, kinds, unknownKinds, isServing, text }) =>
      isServing && ![...kinds, ...unknownKinds].includes(kind)
        ? `${name} is not for that (docs/policy.md#routing)`
        : `${name}: ${text}`,
    );
  const more = servers.length > reasons.length ? ["`nodekeeper routes` shows all"] : [];
  return [...reasons, ...more].join("; ");
}

function candidatesOf(...groups: readonly (readonly string[])[]): readonly (readonly string[])[] {
  return groups.filter((group) => group.length > 0);
}
