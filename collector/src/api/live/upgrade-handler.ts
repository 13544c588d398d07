/** Takes or refuses requests to become a WebSocket: the same guard as for all requests, then the stream's own parameters. */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { AppError } from "@nodekeeper/shared";
import type { StreamQuery } from "@nodekeeper/shared/api";
import { guardRequest } from "../guard/guard-request.ts";
import { type Refusal, refusalOf } from "../problem/from-thrown.ts";
import { rawProblem } from "../problem/raw-problem.ts";
import type { Live } from "./live.ts";
import { type StreamRequest, streamRequestOf } from "./stream-request.ts";

/** The only address that speaks WebSocket. */
export const streamPath = "/api/v1/stream";

/** What the handler needs. */
export interface UpgradeOptions {
  readonly live: Live;
  readonly authorities: () => ReadonlySet<string>;
  /** Checks a query against the stream's schema; throws REQUEST_INVALID. */
  readonly readQuery: (query: Record<string, unknown>) => StreamQuery;
}

/** A listener for the server's `upgrade` event. */
export function createUpgradeHandler(options: UpgradeOptions): (request: IncomingMessage, socket: Duplex, head: Buffer) => void {
  return (request, socket, head) => {
    socket.on("error", () => socket.destroy()); // it went away; there is nobody to tell
    const refusal = guardRequest(request, options.authorities());
    if (refusal !== undefined) return refuse(socket, refusal);
    let wanted: StreamRequest;
    try {
      wanted = wantedOf(request.url ?? "", options.readQuery);
    } catch (thrown) {
      return refuse(socket, refusalOf(thrown));
    }
    options.live.upgrade(request, socket, head, wanted);
  };
}

function wantedOf(target: string, readQuery: UpgradeOptions["readQuery"]): StreamRequest {
  const url = URL.parse(target, "http://localhost");
  if (url?.pathname !== streamPath) throw new AppError("NOT_FOUND", `WebSocket is spoken at ${streamPath} only`);
  const query: Record<string, unknown> = {};
  for (const name of url.searchParams.keys()) {
    const values = url.searchParams.getAll(name);
    query[name] = values.length === 1 ? values[0] : values;
  }
  return streamRequestOf(readQuery(query));
}

function refuse(socket: Duplex, refusal: Refusal): void {
  socket.end(rawProblem(refusal));
}
