/** etcd on a unix socket, so that nobody but its API server reaches it. It asks the disk for no durability: it lives as long as a test. */
import { once } from "node:events";
import { access } from "node:fs/promises";
import { type IncomingMessage, request } from "node:http";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { type ServiceProcess, startService } from "./service-process.ts";

/** An etcd that runs. */
export interface Etcd extends AsyncDisposable {
  /** For the API server's --etcd-servers. */
  readonly url: string;
  /** Forgets all but the present of everything: who reads on from before is told so. */
  compact(): Promise<void>;
}

/** Starts one with its data in a folder, and waits until it listens. */
export async function startEtcd(program: string, folder: string): Promise<Etcd> {
  const socket = join(folder, "etcd.sock");
  const nowhere = "http://127.0.0.1:0"; // it is alone, and its client is told the socket
  const process = startService(
    program,
    [
      ...["--data-dir", join(folder, "etcd"), "--log-level", "warn", "--unsafe-no-fsync"],
      ...["--listen-client-urls", `unix://${socket}`, "--advertise-client-urls", nowhere, "--listen-peer-urls", nowhere],
    ],
    folder,
  );
  await untilThere(socket, process);
  return {
    url: `unix://${socket}`,
    async compact() {
      const { header } = await ask(socket, "/v3/kv/range", { key: Buffer.from("any").toString("base64") });
      await ask(socket, "/v3/kv/compaction", { revision: header.revision, physical: true });
    },
    [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
  };
}

const startLimitMs = 30_000;

/** By etcd's gateway to JSON. */
async function ask(socketPath: string, path: string, body: object): Promise<{ readonly header: { readonly revision: string } }> {
  const asked = request({ socketPath, path, method: "POST" }).end(JSON.stringify(body));
  const [response]: IncomingMessage[] = await once(asked, "response");
  if (response?.statusCode !== 200) throw new Error(`etcd answered ${path} with ${response?.statusCode}`);
  return (await json(response)) as { readonly header: { readonly revision: string } }; // etcd's ResponseHeader
}

async function untilThere(path: string, process: ServiceProcess): Promise<void> {
  for (let waitedMs = 0; waitedMs < startLimitMs && process.end === undefined; waitedMs += 20) {
    const isThere = await access(path).then(
      () => true,
      () => false,
    );
    if (isThere) return;
    await sleep(20);
  }
  await process[Symbol.asyncDispose]();
  throw new Error(`etcd did not begin to listen: ${process.lastWords}`);
}
