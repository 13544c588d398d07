/** One stream to an agent, without its meaning: writing within bounds, pausing for reasons, ending once with a status. */
import type { status } from "@grpc/grpc-js";
import type { ConnectResponse } from "@nodekeeper/proto";
import type { Call, Incoming } from "./wire.ts";

/** Why a stream is paused. It flows while there is no reason. */
export type PauseReason = "identity" | "greeting" | "store" | "stopping";

/** A stream. */
export interface AgentStream {
  /** Address of the agent, for logs. */
  readonly peer: string;
  /** False when the agent does not read what it is sent: the message was not written, and the stream should be ended. */
  send(message: ConnectResponse): boolean;
  pause(reason: PauseReason): void;
  resume(reason: PauseReason): void;
  /** Ends it well. */
  end(): void;
  /** Ends it with a status that says why. */
  fail(code: status, details: string): void;
}

/** What happens on a stream. */
export interface StreamListener {
  onMessage(message: Incoming): void;
  /** The agent will send no more. */
  onHalfClose(): void;
  /** It is over, for whatever reason; called once. */
  onClose(): void;
}

/** Messages that may wait for an agent to read them. */
const maximumUnread = 256;

/** Puts a listener on a call. */
export function openStream(call: Call, listener: StreamListener): AgentStream {
  const peer = call.getPeer(); // before anything listens: it throws where the connection is gone already
  const pauses = new Set<PauseReason>();
  let isEnded = false;
  let isClosed = false;

  function close(): void {
    if (isClosed) return;
    isClosed = true;
    isEnded = true;
    listener.onClose();
  }

  call.on("data", (message: Incoming) => {
    if (!isEnded) listener.onMessage(message);
  });
  call.on("end", () => {
    if (!isEnded) listener.onHalfClose();
  });
  call.on("cancelled", close);
  call.on("error", close);
  call.on("close", close);

  return {
    peer,
    send(message) {
      if (isEnded) return true;
      if (call.writableLength >= maximumUnread) return false;
      call.write(message);
      return true;
    },
    pause(reason) {
      pauses.add(reason);
      call.pause();
    },
    resume(reason) {
      pauses.delete(reason);
      if (pauses.size === 0 && !isEnded) call.resume();
    },
    end() {
      if (isEnded) return;
      isEnded = true;
      call.end();
      call.resume(); // what still comes is let go, so that the stream can close
    },
    fail(code, details) {
      if (isEnded) return;
      isEnded = true;
      call.emit("error", { name: "Error", message: details, code: code satisfies status, details });
      call.resume();
    },
  };
}
