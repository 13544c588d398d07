/** Who is connected: at most one stream per node. */
import type { ConnectResponse } from "@nodekeeper/proto";
import { isOtherMachine } from "../state/reduce.ts";
import type { Progress } from "./progress.ts";

/** A stream whose agent said who it is. */
export interface Session {
  readonly node: string;
  readonly machineId: string;
  readonly progress: Progress;
  send(message: ConnectResponse): void;
  /** The store cannot keep up: nothing more is read from the agent … */
  pause(): void;
  /** … until there is room again. */
  resume(): void;
  /** Called when something of its epoch was committed. */
  onCommitted(): void;
  /** A newer stream of the same node took its place: it ends, and the node stays connected. */
  replace(): void;
}

/** The sessions by node. */
export interface Sessions {
  readonly size: number;
  of(node: string): Session | undefined;
  all(): Iterable<Session>;
  /** The session of another machine under this name, which a newcomer must not push out. */
  rivalOf(node: string, machineId: string): Session | undefined;
  /** Makes it the node's session; the one before ends. */
  enter(session: Session): void;
  /** Forgets the session; false when a newer one has its place already. */
  remove(session: Session): boolean;
}

/** Nobody is connected. */
export function createSessions(): Sessions {
  const byNode = new Map<string, Session>();
  return {
    get size() {
      return byNode.size;
    },
    of: (node) => byNode.get(node),
    all: () => byNode.values(),
    rivalOf(node, machineId) {
      const other = byNode.get(node);
      return other !== undefined && isOtherMachine(other, { machineId }) ? other : undefined;
    },
    enter(session) {
      const before = byNode.get(session.node);
      byNode.set(session.node, session);
      before?.replace();
    },
    remove(session) {
      return byNode.get(session.node) === session && byNode.delete(session.node);
    },
  };
}
