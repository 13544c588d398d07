/** A proxy before the collector that says who asks, as an ingress with a login does; a test logs people in and out. */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";

/** The proxy. */
export interface LoginProxy extends AsyncDisposable {
  /** As a browser calls it. */
  readonly url: string;
  /** Who is logged in from now on; undefined: nobody, and then the proxy adds nothing. Open streams break off. */
  logIn(user: { readonly name: string; readonly groups: readonly string[] } | undefined): void;
}

/** Starts it before the proxy's door of a collector. */
export async function startLoginProxy(
  door: { readonly host: string; readonly port: number },
  secret: string,
): Promise<LoginProxy> {
  let person: Parameters<LoginProxy["logIn"]>[0];
  const streams = new Set<Socket>();

  const headersOf = ({ headers }: IncomingMessage): IncomingHttpHeaders => ({
    ...headers,
    "x-forwarded-proto": "http",
    ...(person === undefined
      ? {}
      : {
          "x-authentik-username": person.name,
          "x-authentik-groups": person.groups.join("|"),
          "x-nodekeeper-proxy-secret": secret,
        }),
  });

  const server = createServer((asked, answer) => {
    const { method, url: path } = asked;
    const forwarded = request({ ...door, method, path, headers: headersOf(asked) }, (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
    });
    forwarded.on("error", () => answer.destroy());
    asked.pipe(forwarded);
  });
  server.on("upgrade", (asked: IncomingMessage, socket: Socket, head: Buffer) => {
    const further = connect(door, () => {
      const lines = Object.entries(headersOf(asked)).map(([name, value]) => `${name}: ${String(value)}`);
      further.write([`${asked.method} ${asked.url} HTTP/1.1`, ...lines, "", ""].join("\r\n"));
      further.write(head);
      socket.pipe(further).pipe(socket);
    });
    streams.add(socket);
    for (const end of [socket, further]) {
      end.on("error", () => undefined); // either side may go; the other hears of it
      end.on("close", () => {
        streams.delete(socket);
        socket.destroy();
        further.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, // a listening TCP server has this form of address
    logIn(user) {
      person = user;
      for (const socket of streams) socket.destroy();
    },
    async [Symbol.asyncDispose]() {
      for (const socket of streams) socket.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
