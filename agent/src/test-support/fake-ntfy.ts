/** A server that speaks ntfy's protocol: messages are posted to a topic and can be polled (docs.ntfy.sh/publish, docs.ntfy.sh/subscribe/api). */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Clock } from "@nodekeeper/shared";

/** A message that a topic got. */
export interface FakeMessage {
  readonly topic: string;
  readonly title: string;
  readonly message: string;
  readonly tags: readonly string[];
  readonly priority: string;
  readonly time: number;
  readonly authorization: string | undefined;
}

/** The server. */
export class FakeNtfy implements AsyncDisposable {
  readonly messages: FakeMessage[] = [];
  /** Bodies of a webhook at /hook. */
  readonly hooks: string[] = [];
  /** Answers everything with this status; undefined: as it should. */
  failsWith: number | undefined;
  /** Topics that may be written and not read. */
  isWriteOnly = false;
  readonly #server = createServer((request, response) => void this.#answer(request, response));
  readonly #clock: Pick<Clock, "wallMs">;

  private constructor(clock: Pick<Clock, "wallMs">) {
    this.#clock = clock;
  }

  static async listen(clock: Pick<Clock, "wallMs">): Promise<FakeNtfy> {
    const ntfy = new FakeNtfy(clock);
    await new Promise<void>((resolve) => {
      ntfy.#server.listen(0, "127.0.0.1", resolve);
    });
    return ntfy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`; // it listens on TCP
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = "";
    for await (const piece of request) body += String(piece);
    const url = new URL(request.url ?? "/", this.url);
    if (this.failsWith !== undefined) return void response.writeHead(this.failsWith).end();
    if (url.pathname === "/elsewhere") return void response.writeHead(302, { location: "/topic" }).end();
    if (url.pathname === "/hook") {
      this.hooks.push(body);
      return void response.writeHead(204).end();
    }
    const [, topic = "", suffix] = url.pathname.split("/");
    if (request.method === "POST" && suffix === undefined) {
      const { title, tags, priority } = request.headers;
      this.messages.push({
        ...{ topic, message: body, title: String(title), priority: String(priority), tags: String(tags).split(",") },
        ...{ time: Math.floor(this.#clock.wallMs() / 1000), authorization: request.headers.authorization },
      });
      return void response.writeHead(200).end("{}");
    }
    if (suffix !== "json" || url.searchParams.get("poll") !== "1" || this.isWriteOnly) return void response.writeHead(403).end();
    const since = Number(url.searchParams.get("since"));
    const found = this.messages.filter((each) => each.topic === topic && each.time >= since);
    const lines = found.map(({ authorization: _, ...each }, index) =>
      JSON.stringify({ id: String(index), event: "message", ...each }),
    );
    response.writeHead(200).end(["not json", JSON.stringify({ event: "open", topic }), ...lines].join("\n"));
  }
}
