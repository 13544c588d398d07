/** A unix socket on which QEMU calls us and both sides speak in lines. */
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { createInterface } from "node:readline";

export interface LineChannel extends AsyncDisposable {
  /** Fulfilled when the other side has connected. */
  readonly connected: Promise<void>;
  /** Sends one line; the other side must have connected. */
  send(line: string): void;
  /** The next line. Rejects when the other side closes or the signal aborts; the line may then still come for a later call. */
  receive(signal: AbortSignal): Promise<string>;
}

/** Listens on a path for the one connection that the channel is. */
export async function openLineChannel(path: string): Promise<LineChannel> {
  const lines: string[] = [];
  const state = new EventTarget();
  let socket: Socket | undefined;
  let isClosed = false;
  const server = createServer((accepted) => {
    socket = accepted;
    accepted.on("error", () => undefined); // the close that follows says it
    accepted.on("close", () => {
      isClosed = true;
      state.dispatchEvent(new Event("change"));
    });
    createInterface({ input: accepted, crlfDelay: Number.POSITIVE_INFINITY }).on("line", (line) => {
      lines.push(line);
      state.dispatchEvent(new Event("change"));
    });
  });
  const connected = once(server, "connection").then(() => undefined);
  connected.catch(() => undefined); // whoever waits for it gets the error; nobody has to wait
  server.listen(path);
  await once(server, "listening");

  return {
    connected,
    send(line) {
      socket?.write(`${line}\n`);
    },
    async receive(signal) {
      for (;;) {
        const line = lines.shift();
        if (line !== undefined) {
          return line;
        }
        if (isClosed) {
          throw new Error("the guest is gone");
        }
        await once(state, "change", { signal });
      }
    },
    async [Symbol.asyncDispose]() {
      socket?.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
