/** Services on this machine for tests: real servers on sockets below a root, and on loopback. Each ends with the test. */
import { mkdir, symlink } from "node:fs/promises";
import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from "node:http";
import type { AddressInfo, Server as TcpServer } from "node:net";
import { join } from "node:path";
import { type Clock, systemClock } from "@nodekeeper/shared";
import { onTestFinished } from "vitest";
import { createServiceClient, type ServiceClient } from "../host/ask-service.ts";
import type { OllamaRequest } from "../host/services.ts";
import { createTempDirectory } from "./temp-directory.ts";

/** What a server was asked. */
export interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A folder that goes with the test. */
export async function temporaryRoot(): Promise<string> {
  const directory = await createTempDirectory();
  onTestFinished(() => directory[Symbol.asyncDispose]());
  return directory.path;
}

async function listen(server: Server | TcpServer, at: string | number): Promise<void> {
  await new Promise<void>((resolve) => {
    if (typeof at === "string") server.listen(at, resolve);
    else server.listen(at, "127.0.0.1", resolve);
  });
  onTestFinished(async () => {
    if ("closeAllConnections" in server) server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
}

/** A tailscaled below a root, where its folder is reached by an absolute link, as /var/run is. */
export async function tailscaled(
  answer: RequestListener,
  clock: Clock = systemClock,
): Promise<{ client: ServiceClient; server: Server }> {
  const root = await temporaryRoot();
  await mkdir(join(root, "state/ts"), { recursive: true });
  await symlink("/state", join(root, "run"));
  await symlink("ts", join(root, "state/tailscale"));
  const server = createServer(answer);
  await listen(server, join(root, "state/ts/tailscaled.sock"));
  return { client: createServiceClient({ root, clock }), server };
}

/** An Ollama on loopback. */
export async function ollama(server: Server | TcpServer): Promise<OllamaRequest & { readonly question: "version" }> {
  await listen(server, 0);
  const { port } = server.address() as AddressInfo; // it listens on a port
  return { service: "ollama", at: { address: "127.0.0.1", port }, question: "version" };
}

/** Keeps what it is asked, and answers "{}". */
export function keepIn(seen: Seen[]): RequestListener {
  return (request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += String(chunk);
    });
    request.on("end", () => {
      seen.push({ method: request.method, url: request.url, headers: request.headers, body });
      response.end("{}");
    });
  };
}

/** How many are connected with a server now. */
export function connectionCount(server: Server | TcpServer): Promise<number> {
  return new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
  });
}
