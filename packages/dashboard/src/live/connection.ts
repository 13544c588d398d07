/** The WebSocket: connects, resumes where it was, and connects again with growing patience. */
import type { StreamMessage } from "@nodekeeper/shared/api";
import { after } from "../clock.ts";
import { applyMessage, type Picture } from "./picture.ts";

/** What the page shows of the connection, and what it knows. */
export interface LiveState {
  readonly connection: "connecting" | "live" | "lost";
  readonly picture: Picture | undefined;
}

const firstRetryMs = 500;
const longestRetryMs = 10_000;

/** Keeps a picture live; `node` asks for that node's detail. Call what it returns to stop. */
export function keepLive(node: string | undefined, start: Picture | undefined, onChange: (state: LiveState) => void): () => void {
  let picture = start;
  let retryMs = firstRetryMs;
  let isStopped = false;
  let cancelRetry = (): void => undefined;
  let socket: WebSocket | undefined;

  const connect = (): void => {
    onChange({ connection: picture === undefined ? "connecting" : "lost", picture });
    const opened = new WebSocket(streamUrl(node, picture));
    socket = opened;
    opened.onmessage = (event) => {
      const message: StreamMessage = JSON.parse(String(event.data)); // our own collector's, which served this page
      picture = applyMessage(picture, message);
      retryMs = firstRetryMs;
      onChange({ connection: "live", picture });
    };
    opened.onclose = () => {
      if (isStopped) return;
      onChange({ connection: "lost", picture });
      cancelRetry = after(retryMs * (0.5 + Math.random()), connect);
      retryMs = Math.min(longestRetryMs, retryMs * 2);
    };
  };

  connect();
  return () => {
    isStopped = true;
    cancelRetry();
    socket?.close();
  };
}

function streamUrl(node: string | undefined, picture: Picture | undefined): URL {
  const url = new URL("api/v1/stream", document.baseURI);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  if (node !== undefined) url.searchParams.set("node", node);
  // A resumed stream sends the detail only when it changes: a page that lacks it asks for everything.
  if (picture !== undefined && (node === undefined || picture.detail?.summary.name === node)) {
    url.searchParams.set("stream", picture.stream);
    url.searchParams.set("version", String(picture.version));
  }
  return url;
}
