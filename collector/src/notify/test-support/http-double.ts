/** A service of the web on a real socket, which remembers what it was sent and answers as a test wants. */
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

/** What it was sent. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** How it answers. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly text?: string;
}

/** It listens. */
export interface HttpDouble extends AsyncDisposable {
  readonly url: string;
  readonly received: readonly Received[];
  /** From now on; undefined: it accepts, and says nothing. */
  answer: Answer | undefined;
}

/** Starts it; it answers 200. */
export async function startHttpDouble(): Promise<HttpDouble> {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = "", url: path = "", headers } = request;
    received.push({ method, path, headers, text: Buffer.concat(chunks).toString() });
    if (double.answer === undefined) return;
    response.writeHead(double.answer.status, double.answer.headers).end(double.answer.text ?? "");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // of a server that listens on a port
  const double: HttpDouble = {
    ...{ url: `http://127.0.0.1:${port}`, received },
    answer: { status: 200 },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return double;
}
