/** Open WebUI's list of Ollama connections: URLs in one list, their settings beside it by place. Here each URL with its settings. */
import type { Fields } from "@nodekeeper/shared";
import { bareUrl, type OllamaBody } from "./bodies.ts";

/** One connection. */
export interface Connection {
  readonly url: string;
  /** undefined: it has none, which Open WebUI takes for switched on. */
  readonly config: Fields | undefined;
}

/** The list as connections. Settings of places that have no URL are nobody's, and are left out. */
export function connectionsOf({ OLLAMA_BASE_URLS: urls, OLLAMA_API_CONFIGS: configs }: OllamaBody): readonly Connection[] {
  return urls.map((url, index) => ({ url, config: configs[String(index)] }));
}

/** The body with these connections; everything else stays. */
export function withConnections(body: OllamaBody, connections: readonly Connection[]): OllamaBody {
  const configs = connections.flatMap(({ config }, index) => (config === undefined ? [] : [[String(index), config] as const]));
  return {
    ...body,
    OLLAMA_BASE_URLS: connections.map(({ url }) => url),
    OLLAMA_API_CONFIGS: Object.fromEntries(configs),
  };
}

/** Whether both lead to the same address. */
export function isSameUrl(one: string, other: string): boolean {
  return bareUrl(one).toLowerCase() === bareUrl(other).toLowerCase();
}

/** Whether it shows a secret of its own: a key, or headers. */
export function hasSecret({ config }: Connection): boolean {
  const { key, headers } = config ?? {};
  return isFilled(key) || isFilled(headers);
}

/** Whether somebody switched it off. */
export function isOff({ config }: Connection): boolean {
  return config?.["enable"] === false;
}

function isFilled(value: unknown): boolean {
  return typeof value === "string" ? value !== "" : typeof value === "object" && value !== null && Object.keys(value).length > 0;
}
