/**
 * Stands between a client and a real API server, with its certificate, and passes everything on, except what a test wants otherwise: for what the
 * real one does not do on demand.
 */
import { readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Agent, createServer, request } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { certificateFile } from "../kubernetes/api-server.ts";

/** What becomes of one request. */
export type Meddling =
  /** This is answered in place of what the real one would say. */
  | { readonly kind: "answer"; readonly status: number; readonly body: string }
  /** The answer breaks off: after the head and the beginning of the body. */
  | { readonly kind: "break" }
  /** The same, but in order, as if it were all of it. */
  | { readonly kind: "shorten" }
  /** The request is taken, and nothing comes. */
  | { readonly kind: "hang" }
  /** This comes before the answer of the real one, as the beginning of the body. */
  | { readonly kind: "prepend"; readonly body: string };

/** Decides by the path of a request, e.g. /api/v1/nodes?limit=500; undefined: it is passed on. It may do something before. */
export type Meddle = (path: string) => Meddling | undefined | Promise<undefined>;

/** One that runs. */
export interface MeddlingApiServer extends AsyncDisposable {
  readonly url: string;
  /** Asked for each request from now on; undefined: all is passed on. */
  meddle(how: Meddle | undefined): void;
  /** What the real one said, in its order. */
  readonly passedOn: readonly { readonly path: string; readonly status: number }[];
  /** Breaks all connections. */
  cut(): void;
}

/** Starts one in front of an API server whose files lie in `folder`. Lists are passed on in pages of `pageSize`, whatever was asked for. */
export async function startMeddlingApiServer(real: {
  readonly url: string;
  readonly folder: string;
  readonly pageSize?: number;
}): Promise<MeddlingApiServer> {
  const cert = await readFile(certificateFile(real.folder));
  const key = await readFile(certificateFile(real.folder).replace(/\.crt$/, ".key"));
  const agent = new Agent({ ca: cert, keepAlive: true });
  const sockets = new Set<Socket>();
  const passedOn: { readonly path: string; readonly status: number }[] = [];
  let how: Meddle = () => undefined;
  const server = createServer({ cert, key }, async (asked, answer) => {
    const meddling = await how(asked.url ?? "");
    answer.on("error", () => undefined); // whoever asked went away
    if (meddling?.kind === "hang") return;
    if (meddling?.kind === "answer") {
      answer.writeHead(meddling.status, { "content-type": "application/json" }).end(meddling.body);
      return;
    }
    passOn(`${real.url}${paged(asked.url ?? "")}`, {
      ...{ agent, asked, answer, meddling },
      heard: (status) => passedOn.push({ path: asked.url ?? "", status }),
    });
  });
  server.on("secureConnection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket)).on("error", () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // it listens on an address
  const paged = (path: string): string =>
    real.pageSize === undefined ? path : path.replace(/(?<=[?&]limit=)\d+/, String(real.pageSize));
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `https://127.0.0.1:${port}`,
    meddle(next) {
      how = next ?? (() => undefined);
    },
    passedOn,
    cut,
    async [Symbol.asyncDispose]() {
      cut();
      agent.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Passing {
  readonly agent: Agent;
  readonly asked: IncomingMessage;
  readonly answer: ServerResponse;
  readonly meddling: Meddling | undefined;
  readonly heard: (status: number) => void;
}

/** Without compression, so that half of an answer is half of its text. */
function passOn(url: string, { agent, asked, answer, meddling, heard }: Passing): void {
  const { host: _host, "accept-encoding": _encoding, ...headers } = asked.headers;
  const passed = request(url, { agent, method: asked.method ?? "GET", headers }, (response) => {
    heard(response.statusCode ?? 0);
    const { "content-length": _length, ...said } = response.headers;
    answer.writeHead(response.statusCode ?? 500, said);
    answer.flushHeaders(); // a watch of a quiet cluster has nothing to say for minutes, and has begun all the same
    if (meddling?.kind === "prepend") answer.write(meddling.body);
    response.on("error", () => answer.destroy());
    if (meddling?.kind !== "break" && meddling?.kind !== "shorten") {
      response.pipe(answer);
      return;
    }
    response.once("data", (chunk: Buffer) => {
      const half = chunk.subarray(0, Math.ceil(chunk.length / 2));
      if (meddling.kind === "shorten") answer.end(half);
      else answer.write(half, () => answer.destroy());
      passed.destroy();
    });
  });
  passed.on("error", () => answer.destroy());
  answer.on("close", () => passed.destroy());
  asked.pipe(passed);
}
