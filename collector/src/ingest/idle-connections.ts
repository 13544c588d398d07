/**
 * Ends connections on which no agent is. gRPC counts a call until the client has ended its side too, and Enroll before it was asked anything: somebody
 * who just never ends would hold a connection for ever, and some thousands of those leave none for agents. Here a call is over when we have answered.
 */
import type { Socket } from "node:net";
import type { Clock } from "@nodekeeper/shared";
import type { KeepConnection } from "./door.ts";

/** Follows connections. Disposing ends that, and no connection. */
export interface IdleConnections extends Disposable {
  /** A connection was taken. */
  opened(socket: Socket): void;
  readonly keep: KeepConnection;
}

/** A connection, as the monotonic clock sees it. */
interface Connection {
  readonly socket: Socket;
  readonly calls: Set<object>;
  idleSinceMs: number;
}

/** Who proves nothing has no call for so long: one after the other is no way to keep a connection. */
const agentCallMs = 15_000;
const lookMs = 5_000;

/** Ends those that are idle for longer. */
export function endIdleConnections(idleMs: number, clock: Clock): IdleConnections {
  const connections = new Map<string, Connection>();
  const stopping = new AbortController();
  lookOn().catch(() => undefined); // it is stopping

  async function lookOn(): Promise<never> {
    for (;;) {
      await clock.sleep(lookMs, stopping.signal);
      const nowMs = clock.monotonicMs();
      for (const { socket, calls, idleSinceMs } of connections.values())
        if (calls.size === 0 && nowMs - idleSinceMs >= idleMs) socket.destroy();
    }
  }

  const keep: KeepConnection = (call, isProven = false) => {
    const connection = connections.get(call.getPeer());
    if (connection === undefined) return; // it has just been lost
    const beganAtMs = clock.monotonicMs();
    const over = (): void => {
      const endedAtMs = clock.monotonicMs();
      const counts = isProven || endedAtMs - beganAtMs >= agentCallMs;
      if (connection.calls.delete(call) && counts) connection.idleSinceMs = endedAtMs;
    };
    connection.calls.add(call);
    for (const end of ["finish", "error", "cancelled", "close"]) call.on(end, over);
  };

  return {
    keep,
    opened(socket) {
      const peer = `${socket.remoteAddress}:${socket.remotePort}`; // as gRPC says it
      const connection = { socket, calls: new Set<object>(), idleSinceMs: clock.monotonicMs() };
      connections.set(peer, connection);
      socket.on("close", () => {
        if (connections.get(peer) === connection) connections.delete(peer);
      });
    },
    [Symbol.dispose]: () => stopping.abort(),
  };
}
