/** Takes or refuses requests to become a WebSocket: the same guard and the same gate as for all requests, then the stream's own parameters. */
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { AppError } from "@nodekeeper/shared";
import type { StreamQuery } from "@nodekeeper/shared/api";
import type { Gate } from "../access/gate.ts";
import type { Principal } from "../access/principal.ts";
import { doorOf } from "../doors/door.ts";
import { guardRequest } from "../guard/guard-request.ts";
import { listParametersOf, splitLists } from "../list-parameters.ts";
import { type Refusal, refusalOf } from "../problem/from-thrown.ts";
import { rawProblem } from "../problem/raw-problem.ts";
import { stream } from "../routes/stream.ts";
import type { Live } from "./live.ts";
import { type StreamRequest, streamRequestOf } from "./stream-request.ts";

/** What the handler needs. */
export interface UpgradeOptions {
  readonly live: Live;
  readonly gate: Gate;
  /** Checks a query against the stream's schema; throws REQUEST_INVALID. */
  readonly readQuery: (query: Record<string, unknown>) => StreamQuery;
}

/** A listener for a server's `upgrade` event. */
export function createUpgradeHandler(options: UpgradeOptions): (request: IncomingMessage, socket: Duplex, head: Buffer) => void {
  return (request, socket, head) => {
    socket.on("error", () => socket.destroy()); // it went away; there is nobody to tell
    const refusal = guardRequest(request, doorOf(request).names);
    if (refusal !== undefined) return refuse(socket, refusal);
    admit(request, options).then(
      ({ wanted, principal }) => {
        if (!socket.destroyed) options.live.upgrade(request, socket, head, wanted, principal);
      },
      (thrown: unknown) => refuse(socket, refusalOf(thrown)),
    );
  };
}

async function admit(
  request: IncomingMessage,
  { gate, readQuery }: UpgradeOptions,
): Promise<{ readonly wanted: StreamRequest; readonly principal: Principal }> {
  const { headers, headersDistinct, socket, method = "GET" } = request;
  const asked = { door: doorOf(request), method, access: stream.access, headers, headersDistinct, audited: undefined };
  const principal = await gate.admit({ ...asked, address: socket.remoteAddress ?? "", requestId: randomUUID() });
  return { wanted: wantedOf(request.url ?? "", readQuery), principal };
}

const listNames = listParametersOf(stream);

function wantedOf(target: string, readQuery: UpgradeOptions["readQuery"]): StreamRequest {
  const url = URL.parse(target, "http://localhost");
  if (url?.pathname !== stream.path) throw new AppError("NOT_FOUND", `WebSocket is spoken at ${stream.path} only`);
  const query: Record<string, unknown> = {};
  for (const name of url.searchParams.keys()) {
    const values = url.searchParams.getAll(name);
    query[name] = values.length === 1 ? values[0] : values;
  }
  splitLists(query, listNames);
  return streamRequestOf(readQuery(query));
}

function refuse(socket: Duplex, refusal: Refusal): void {
  if (!socket.destroyed) socket.end(rawProblem(refusal));
}
