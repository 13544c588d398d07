/** One client of the stream: what it has been told, and what it is told next. It is never sent more than it takes. */
import type { WebSocket } from "ws";
import type { Fleet } from "../fleet/fleet.ts";
import type { StreamMessages } from "./stream-messages.ts";
import type { StreamRequest } from "./stream-request.ts";
import { streamIdOf } from "./topics.ts";

/** A client. */
export interface LiveClient {
  readonly socket: WebSocket;
  /** Tells it what it does not know yet; what it cannot take now is told later, merged. Returns the bytes sent. */
  update(): number;
  /** Asks whether it is there; false when it did not answer the last time. */
  ping(): boolean;
}

/** What a client has not taken from us yet may grow to this; then it is left alone until it has. */
const maximumBufferedBytes = 64 * 1024;

/** A client that asked for this. */
export function createLiveClient(socket: WebSocket, request: StreamRequest, fleet: Fleet, messages: StreamMessages): LiveClient {
  const { nodeName, topics, resume } = request;
  /** What it has been told; undefined before the first message. */
  let toldVersion: number | undefined;
  let toldDetailVersion: number | undefined;
  let isAlive = true;
  socket.on("pong", () => {
    isAlive = true;
  });

  function nextMessage(detailOf: string | undefined): Buffer | "nothing" {
    if (toldVersion !== undefined) return messages.delta(topics, toldVersion, detailOf) ?? messages.snapshot(topics, nodeName);
    const isKnown = resume?.stream === fleet.stream || resume?.stream === streamIdOf(fleet.stream, topics); // all, or just this
    const resumed = isKnown ? messages.deltaEvenIfEmpty(topics, resume.version, detailOf) : undefined;
    return resumed ?? messages.snapshot(topics, nodeName);
  }

  return {
    socket,
    update() {
      if (socket.readyState !== socket.OPEN || toldVersion === fleet.version) return 0;
      if (socket.bufferedAmount > maximumBufferedBytes) return 0;
      const detailVersion = nodeName === undefined ? undefined : fleet.entry(nodeName)?.touchedVersion;
      const message = nextMessage(detailVersion === toldDetailVersion ? undefined : nodeName);
      toldVersion = fleet.version;
      toldDetailVersion = detailVersion;
      if (message === "nothing") return 0;
      socket.send(message, { binary: false });
      return message.byteLength;
    },
    ping() {
      if (!isAlive) return false;
      isAlive = false;
      socket.ping();
      return true;
    },
  };
}
