/**
 * What becomes of the Ollama connections: ours take the places of those that they stand for, with the settings of the place; all others stay. A
 * connection is replaced where nodekeeper knows its server, where it is one of Open WebUI's own defaults, where it is the only one and has no secret,
 * or where somebody says so.
 */
import type { OllamaBody } from "./bodies.ts";
import { type Connection, connectionsOf, hasSecret, isOff, isSameUrl, withConnections } from "./connections.ts";

/** One step; all of them are what an undo needs. */
export type ConnectionStep =
  | { readonly kind: "replaced"; readonly before: Connection; readonly after: Connection }
  | { readonly kind: "added"; readonly after: Connection }
  /** `index` is where it was. */
  | { readonly kind: "removed"; readonly before: Connection; readonly index: number };

/** What is wanted. */
export interface OllamaWish {
  readonly urls: readonly string[];
  /** Addresses of servers that nodekeeper knows. */
  readonly known: readonly string[];
  /** What somebody named to be replaced. */
  readonly replace: readonly string[];
}

/** What will be. */
export interface OllamaPlan {
  readonly after: OllamaBody;
  readonly steps: readonly ConnectionStep[];
  /** Connections of others, which stay, each with the reason. */
  readonly kept: readonly { readonly url: string; readonly because: string }[];
  /** What was named to be replaced and is not there, or not any more. */
  readonly absent: readonly string[];
}

/** Where Open WebUI looks for Ollama when nobody says where it is. */
const defaultHosts: ReadonlySet<string> = new Set([
  "localhost:11434",
  "127.0.0.1:11434",
  "host.docker.internal:11434",
  "ollama:11434",
  "ollama-service.open-webui.svc.cluster.local:11434",
]);

/** Plans it. No steps: there is nothing to change. */
export function planOllama(body: OllamaBody, { urls, known, replace }: OllamaWish): OllamaPlan {
  const connections = connectionsOf(body);
  const isWanted = (url: string): boolean => urls.some((each) => isSameUrl(each, url));
  const reasonToStay = (connection: Connection): string | undefined => {
    const { url } = connection;
    if (replace.some((each) => isSameUrl(each, url))) return undefined;
    if (isOff(connection)) return "switched off";
    if (known.some((each) => isSameUrl(each, url)) || isDefault(url)) return undefined;
    if (connections.length > 1) return "another server than nodekeeper knows";
    return hasSecret(connection) ? "it has a key or headers of its own" : undefined;
  };
  const missing = urls.filter((url) => !connections.some((connection) => isSameUrl(connection.url, url)));
  const after: Connection[] = [];
  const steps: ConnectionStep[] = [];
  const kept: { url: string; because: string }[] = [];
  for (const [index, connection] of connections.entries()) {
    const because = isWanted(connection.url) ? "" : reasonToStay(connection);
    if (because !== undefined) {
      after.push(connection);
      if (because !== "") kept.push({ url: connection.url, because });
      continue;
    }
    const url = missing.shift();
    if (url === undefined) {
      steps.push({ kind: "removed", before: connection, index });
      continue;
    }
    const replaced = { ...connection, url };
    after.push(replaced);
    steps.push({ kind: "replaced", before: connection, after: replaced });
  }
  for (const url of missing) {
    const added = { url, config: undefined };
    after.push(added);
    steps.push({ kind: "added", after: added });
  }
  const changed = steps.length === 0 ? body : withConnections(body, after);
  const absent = replace.filter((url) => !connections.some((connection) => isSameUrl(connection.url, url)));
  return { after: { ...changed, ENABLE_OLLAMA_API: true }, steps, kept, absent };
}

function isDefault(url: string): boolean {
  return defaultHosts.has(URL.parse(url)?.host.toLowerCase() ?? "");
}
