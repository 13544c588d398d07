/**
 * Brings the API server of a test to a node's network namespace: a program there listens on 127.0.0.1 and hands each connection through a unix socket
 * to this process, which dials the server. Both ends are loopback.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { TestNode } from "./test-node.ts";

/** Runs in the node's network namespace: $1 the unix socket. */
const listener = `
const { connect, createServer } = require("node:net");
createServer((socket) => {
  const peer = connect(process.argv[1]);
  socket.pipe(peer).pipe(socket);
  for (const each of [socket, peer]) each.on("error", () => { socket.destroy(); peer.destroy(); });
}).listen(6443, "127.0.0.1", () => console.log("listening"));
`;

/** Begins. The port in the namespace is 6443. */
export async function relayApi(node: TestNode, url: string): Promise<AsyncDisposable> {
  const path = join(node.folder, "api.sock");
  const { hostname, port } = new URL(url);
  const server = createServer((socket) => {
    const peer = connect(Number(port), hostname);
    socket.pipe(peer).pipe(socket);
    for (const each of [socket, peer])
      each.on("error", () => {
        socket.destroy();
        peer.destroy();
      });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const child = spawn("nsenter", [...node.enterNetwork, process.execPath, "-e", listener, path], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const line of createInterface(child.stdout)) if (line === "listening") break;
  return {
    async [Symbol.asyncDispose]() {
      const exit = once(child, "exit");
      child.kill("SIGKILL");
      await exit;
      server.close();
    },
  };
}
