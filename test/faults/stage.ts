/** The built collector in a time that passes faster, and a webhook that hears what it tells people. */
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { createCollectorProcess } from "../durability/collector-process.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { type HurriedTime, hurriedTime } from "./hurried-time.ts";

/** Where agents report, and where the API is. */
export interface CollectorPlace {
  /** HOST:PORT. */
  readonly grpc: string;
  readonly url: string;
}

/** A collector, and the time by which it goes. */
export interface Stage {
  readonly collector: CollectorPlace;
  readonly time: HurriedTime;
  /** What people were told of a node, one line each: how it is told, and the finding. Undefined: they are told elsewhere. */
  told?(node: string): readonly string[];
}

interface Item {
  readonly telling: string;
  readonly node: string;
  readonly rule: string;
  readonly text: string;
}

/** Starts one on free ports. Disposing it ends it. */
export async function openStage(speed: number): Promise<Stage & AsyncDisposable> {
  await using parts = new AsyncDisposableStack();
  const { path: folder } = parts.use(await temporaryFolder());
  const time = hurriedTime(speed);
  const items: Item[] = [];
  const webhook = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const notice = JSON.parse(Buffer.concat(chunks).toString("utf8")) as { readonly items: readonly Item[] }; // of our own webhook
      items.push(...notice.items);
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => webhook.listen(0, "127.0.0.1", resolve));
  parts.defer(async () => {
    webhook.closeAllConnections();
    await new Promise((resolve) => webhook.close(resolve));
  });
  const address = webhook.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const file = join(folder, "notifications.yaml");
  const channels = `{ here: { type: webhook, url: "http://127.0.0.1:${port}/" } }`;
  await writeFile(file, `version: 1\nchannels: ${channels}\n`);
  const collector = parts.use(
    createCollectorProcess(
      join(folder, "collector"),
      join(folder, "collector.log"),
      ["/usr/bin/env", ...Object.entries(time.env).map(([name, value]) => `${name}=${value}`)],
      ["--admin-socket", "none", "--kubernetes", "off", "--notifications", file],
    ),
  );
  const { url, grpcAddress } = await collector.startListening();
  const running = parts.move();
  return {
    time,
    collector: { url, grpc: grpcAddress },
    told: (node) => items.filter((item) => item.node === node).map(({ telling, rule, text }) => `${telling} ${rule}: ${text}`),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
