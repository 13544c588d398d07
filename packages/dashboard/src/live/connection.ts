/** The WebSocket: connects, resumes where it was, and connects again with growing patience. Who is not let in is told so, and let in later. */
import type { StreamMessage } from "@nodekeeper/shared/api";
import { type Access, askWho } from "../access/who.ts";
import { after } from "../clock.ts";
import { applyMessage, type Picture } from "./picture.ts";

/** What the page shows of the connection, and what it knows. */
export interface LiveState {
  readonly connection: "connecting" | "live" | "lost";
  readonly picture: Picture | undefined;
  /** Undefined until the collector said it for the first time. */
  readonly access: Access | undefined;
}

const firstRetryMs = 500;
const longestRetryMs = 10_000;

/** Keeps a picture live; `node` asks for that node's detail. Call what it returns to stop. */
export function keepLive(node: string | undefined, start: LiveState, onChange: (state: LiveState) => void): () => void {
  let { picture, access } = start;
  let retryMs = firstRetryMs;
  let isStopped = false;
  let cancelRetry = (): void => undefined;
  let socket: WebSocket | undefined;

  let connection: LiveState["connection"] = "connecting";

  const tell = (now: LiveState["connection"]): void => {
    connection = now;
    onChange({ connection, picture, access });
  };

  const connect = (): void => {
    tell(picture === undefined ? "connecting" : "lost");
    const opened = new WebSocket(streamUrl(node, picture));
    socket = opened;
    opened.onmessage = (event) => {
      const message: StreamMessage = JSON.parse(String(event.data)); // our own collector's, which served this page
      picture = applyMessage(picture, message);
      retryMs = firstRetryMs;
      tell("live");
    };
    opened.onclose = () => void recover();
  };

  /** A browser does not tell why a handshake was refused: the collector is asked. */
  const learnAccess = async (): Promise<boolean> => {
    const told = await askWho();
    if (isStopped) return false;
    if (told.kind !== "silent") access = told;
    return told.kind !== "login" && told.kind !== "forbidden";
  };

  const recover = async (): Promise<void> => {
    if (isStopped) return;
    tell("lost");
    const isLetIn = await learnAccess();
    if (isStopped) return;
    tell("lost");
    cancelRetry = after(retryMs * (0.5 + Math.random()), isLetIn ? connect : () => void recover());
    retryMs = Math.min(longestRetryMs, retryMs * 2);
  };

  connect();
  if (access === undefined) void learnAccess().then(() => isStopped || tell(connection));
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
