/** Whether what Open WebUI tells after a write is what was written. */
import { type Fields, isFields } from "@nodekeeper/shared";
import { isSame, isStill } from "./is-same.ts";

/** What was written. */
export type WrittenPart = "ollama" | "embedding" | "toolServers";

const fieldsOfPart: Readonly<Record<Exclude<WrittenPart, "toolServers">, readonly string[]>> = {
  ollama: ["ENABLE_OLLAMA_API", "OLLAMA_BASE_URLS", "OLLAMA_API_CONFIGS"],
  embedding: ["RAG_EMBEDDING_ENGINE", "RAG_EMBEDDING_MODEL", "ollama_config"],
};

/** Whether it is. */
export function isAsWritten(part: WrittenPart, written: Fields, read: Fields): boolean {
  if (part !== "toolServers") return fieldsOfPart[part].every((key) => isSame(written[key], read[key]));
  const [set, now] = [serversOf(written), serversOf(read)];
  return set.length === now.length && set.every((server, index) => isStill(server, now[index] ?? {}));
}

function serversOf({ TOOL_SERVER_CONNECTIONS: servers }: Fields): readonly Fields[] {
  return Array.isArray(servers) ? servers.filter(isFields) : [];
}
