/** What becomes of the tool servers: ours is there once, as Open WebUI wants it; those of others stay. */
import { AppError, type Fields, fieldsAt, textAt } from "@nodekeeper/shared";
import { bareUrl, type ToolServer, type ToolServersBody } from "./bodies.ts";
import { isSameUrl } from "./connections.ts";

/** What is wanted. */
export interface ToolServerWish {
  /** Below it lies openapi.json, e.g. https://nodekeeper-collector.nodekeeper.svc:7070/tools. */
  readonly url: string;
  /** As models name it: server:ID. */
  readonly id: string;
  /** Not for admins alone. */
  readonly isForEverybody: boolean;
}

/** What is there of ours. */
export interface OwnToolServer {
  readonly server: ToolServer;
  /** In the list. */
  readonly index: number;
}

/** Ours, by its address or, where the collector has another name now, by its id. Throws CONFLICT where the id is somebody else's. */
export function findToolServer(
  { TOOL_SERVER_CONNECTIONS: servers }: ToolServersBody,
  { url, id }: ToolServerWish,
): OwnToolServer | undefined {
  const isOpenApi = (server: ToolServer): boolean => (textAt(server, "type") ?? "openapi") === "openapi";
  const indexes = [...servers.keys()];
  const at = (index: number): ToolServer => servers[index] ?? { url: "" };
  const here = indexes.find((index) => isOpenApi(at(index)) && isSameUrl(at(index).url, url));
  if (here !== undefined) return { server: at(here), index: here };
  const called = indexes.find((index) => textAt(fieldsAt(at(index), "info"), "id") === id && isOpenApi(at(index)));
  if (called === undefined) return undefined;
  if (bareUrl(at(called).url).endsWith("/tools")) return { server: at(called), index: called };
  throw new AppError("CONFLICT", `another tool server has the id ${id} there, at ${at(called).url}: choose one with --tools-id`);
}

/** A new one. An empty token: it is asked without. */
export function newToolServer({ url, id, isForEverybody }: ToolServerWish, token: string): ToolServer {
  const everybody: Fields = { principal_type: "user", principal_id: "*", permission: "read" };
  return {
    ...{ url, path: "openapi.json", type: "openapi", spec_type: "url", auth_type: token === "" ? "none" : "bearer", key: token },
    config: { enable: true, access_grants: isForEverybody ? [everybody] : [] },
    info: { id, name: "GPU state", description: "Which GPU is free, which models fit and are loaded, how the machines are" },
  };
}

/** What is there, at the address that is wanted and switched on; with another token where one is given. Who may use it stays. */
export function mendedToolServer({ server }: OwnToolServer, { url }: ToolServerWish, token: string | undefined): ToolServer {
  const config = fieldsAt(server, "config");
  return {
    ...server,
    url: isSameUrl(server.url, url) ? server.url : url,
    ...(config["enable"] === true ? {} : { config: { ...config, enable: true } }),
    ...(token === undefined ? {} : { auth_type: token === "" ? "none" : "bearer", key: token }),
  };
}

/** The body with it. */
export function withToolServer(body: ToolServersBody, own: OwnToolServer | undefined, server: ToolServer): ToolServersBody {
  const servers = body.TOOL_SERVER_CONNECTIONS;
  return { ...body, TOOL_SERVER_CONNECTIONS: own === undefined ? [...servers, server] : servers.with(own.index, server) };
}
