import { Duplex } from "node:stream";
import { describe, expect, it } from "vitest";
import { openStream } from "./stream.ts";
import type { Call } from "./wire.ts";

describe("a stream", () => {
  it("of a connection that is gone already calls nobody back: there is nobody yet", () => {
    const gone = Object.assign(new Duplex(), {
      getPeer(): string {
        throw new Error("the socket has been disconnected from the session");
      },
    });
    const unexpected = (): never => {
      throw new Error("nobody is there");
    };

    // Of a call only what is used before it fails.
    const open = () =>
      openStream(gone as unknown as Call, { onMessage: unexpected, onHalfClose: unexpected, onClose: unexpected });

    expect(open).toThrow("disconnected");
    expect(gone.eventNames().filter((name) => name === "cancelled" || name === "data")).toEqual([]);
    gone.emit("close");
  });
});
