/** A client of the stream that does what the dashboard does: applies the snapshot, then every delta. */
import type { Finding, NodeDetail, NodeSummary, StreamMessage } from "@nodekeeper/shared/api";
import { WebSocket } from "ws";

/** How a connection ended. */
export interface Closing {
  readonly code: number;
  readonly reason: string;
}

/** A client. What it knows outlives its connection, so that it can resume. */
export class StreamClient {
  readonly nodes: Map<string, NodeSummary> = new Map();
  /** Pending and firing. */
  readonly findings: Map<string, Finding> = new Map();
  readonly messages: StreamMessage[] = [];
  detail: NodeDetail | undefined;
  stream = "";
  version = -1;
  closing: Closing | undefined;
  /** Called after each message. */
  onMessage: (() => void) | undefined;
  readonly #url: string;
  #socket: WebSocket | undefined;

  /** `url` of the server, http://… */
  constructor(url: string) {
    this.#url = `${url.replace("http", "ws")}/api/v1/stream`;
  }

  /** The connection, to treat it badly. */
  get socket(): WebSocket {
    if (this.#socket === undefined) throw new Error("not connected");
    return this.#socket;
  }

  /** Connects; resolves when the handshake is done. A refused one rejects with its status and body. */
  open(query: Readonly<Record<string, string>> = {}, options: { readonly autoPong?: boolean } = {}): Promise<void> {
    const socket = new WebSocket(`${this.#url}?${new URLSearchParams(query)}`, options);
    this.#socket = socket;
    this.closing = undefined;
    socket.on("message", (data) => this.#apply(JSON.parse(data.toString()) as StreamMessage)); // our own server's
    socket.on("close", (code, reason) => {
      this.closing = { code, reason: reason.toString() };
    });
    return new Promise((resolve, reject) => {
      socket.on("open", resolve);
      socket.on("error", reject);
      socket.on("unexpected-response", (_request, response) => {
        let body = "";
        response.on("data", (chunk: Buffer) => {
          body += chunk.toString();
        });
        response.on("end", () => reject(new Error(`${response.statusCode} ${body}`)));
      });
    });
  }

  /** Connects again from where it left off. */
  resume(query: Readonly<Record<string, string>> = {}): Promise<void> {
    return this.open({ ...query, stream: this.stream, version: String(this.version) });
  }

  /** Goes without a word, as a laptop that is shut. */
  drop(): void {
    this.#socket?.terminate();
    this.#socket?.removeAllListeners("message");
  }

  #apply(message: StreamMessage): void {
    if (message.type === "snapshot") {
      this.nodes.clear();
      this.findings.clear();
    } else {
      for (const name of message.removedNodes) this.nodes.delete(name);
    }
    for (const node of message.nodes) this.nodes.set(node.name, node);
    for (const finding of message.findings) {
      if (finding.state === "resolved") this.findings.delete(finding.id);
      else this.findings.set(finding.id, finding);
    }
    this.detail = message.detail ?? this.detail;
    this.stream = message.stream;
    this.version = message.version;
    this.messages.push(message);
    this.onMessage?.();
  }
}
