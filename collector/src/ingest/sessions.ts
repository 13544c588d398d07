/** Who is connected: at most one stream per node. */
import type { ConnectResponse } from "@nodekeeper/proto";
import type { AgentIdentity } from "../identity/agent-identity.ts";
import { isOtherMachine } from "../state/reduce.ts";
import type { Progress } from "./progress.ts";

/** A stream whose agent said who it is. */
export interface Session {
  readonly node: string;
  readonly machineId: string;
  readonly bootId: string;
  /** Address and port. */
  readonly peer: string;
  /** As it is now. */
  readonly identity: AgentIdentity;
  readonly progress: Progress;
  /** When its agent said something last, on the monotonic clock. */
  readonly heardAtMs: number;
  send(message: ConnectResponse): void;
  /** The store cannot keep up: nothing more is read from the agent … */
  pause(): void;
  /** … until there is room again. */
  resume(): void;
  /** Called when something of its epoch was committed. */
  onCommitted(): void;
  /** Called once, if its agent says something after now. */
  onNextWord(listener: () => void): void;
  /** A newer stream of the same node took its place: it ends, and the node stays connected. */
  replace(): void;
}

/** What is compared to tell machines and their boots apart. */
export type SessionMachine = Pick<Session, "node" | "machineId" | "bootId">;

/** The sessions by node. */
export interface Sessions {
  readonly size: number;
  of(node: string): Session | undefined;
  all(): Iterable<Session>;
  /** The session of another machine under this name, which a newcomer must not push out. */
  rivalOf(node: string, machineId: string): Session | undefined;
  /** A proven session of another node whose machine has the same machine-id and runs another kernel: one is a copy of the other. */
  twinOf(machine: SessionMachine): Session | undefined;
  /**
   * A stream that proved to be of the node waits to be greeted, until it is disposed. The one that waited before it is told to `leave`: a node
   * has one place in line.
   */
  arrive(node: string, leave: () => void): Disposable;
  /** Makes it the node's session; the one before ends. */
  enter(session: Session): void;
  /** Forgets the session; false when a newer one has its place already. */
  remove(session: Session): boolean;
}

/** Nobody is connected. */
export function createSessions(): Sessions {
  const byNode = new Map<string, Session>();
  const byMachine = new Map<string, Set<Session>>();
  const arriving = new Map<string, () => void>();

  function forget(session: Session): void {
    const sharing = byMachine.get(session.machineId);
    sharing?.delete(session);
    if (sharing?.size === 0) byMachine.delete(session.machineId);
  }

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
    twinOf({ node, machineId, bootId }) {
      if (machineId === "") return undefined;
      for (const other of byMachine.get(machineId) ?? []) {
        if (other.node !== node && other.bootId !== bootId && other.identity.kind !== "unproven") return other;
      }
      return undefined;
    },
    arrive(node, leave) {
      const before = arriving.get(node);
      arriving.set(node, leave);
      before?.();
      return {
        [Symbol.dispose]() {
          if (arriving.get(node) === leave) arriving.delete(node);
        },
      };
    },
    enter(session) {
      const before = byNode.get(session.node);
      byNode.set(session.node, session);
      if (before !== undefined) forget(before);
      const sharing = byMachine.get(session.machineId) ?? new Set();
      byMachine.set(session.machineId, sharing.add(session));
      before?.replace();
    },
    remove(session) {
      forget(session);
      return byNode.get(session.node) === session && byNode.delete(session.node);
    },
  };
}
