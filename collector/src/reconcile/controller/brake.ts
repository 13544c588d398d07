/**
 * The brake: how many different nodes may have something taken away within ten minutes, so that a mistake in a policy, or in us, is seen while it is
 * small. It counts on the monotonic clock; what an earlier process did comes from the audit.
 */
import type { Clock } from "@nodekeeper/shared";
import type { BrakeState } from "./controller.ts";
import type { BrakeAnswer } from "./gates.ts";

/** Counts restricted nodes. */
export interface Brake {
  /** Whether something may be taken away from a node now, in a cluster of so many. */
  ask(node: string, nodeCount: number): BrakeAnswer;
  /** Something is about to be taken away from it: it counts from now on. */
  reserve(node: string): Reservation;
  /** What was done before this process started: nodes, and when (ms since 1970). From now on it is known. */
  remember(restricted: readonly { readonly node: string; readonly atMs: number }[]): void;
  state(nodeCount: number): BrakeState;
}

/** A write under way. One of the two ends it. */
export interface Reservation {
  /** It was done, or may have been. */
  confirm(): void;
  /** It is known not to have happened. */
  release(): void;
}

/** Over which it counts. */
export const brakeWindowMs = 600_000;
/** Up to so many nodes one may be restricted at a time. */
const fewNodes = 10;
/** Above that, this part of them. */
const allowedPart = 0.02;

/** How many nodes may be restricted within ten minutes. */
export function allowedNodes(nodeCount: number): number {
  return nodeCount <= fewNodes ? 1 : Math.max(1, Math.floor(nodeCount * allowedPart));
}

/** A brake that does not know yet what was before. */
export function createBrake(clock: Clock): Brake {
  /** When something was taken away from a node last. */
  const lastAtMs = new Map<string, number>();
  /** How many writes that take something away from a node are under way. */
  const underWay = new Map<string, number>();
  let isRead = false;

  /** When each of the nodes that count was restricted, in order. */
  function times(): readonly number[] {
    const nowMs = clock.monotonicMs();
    for (const [node, atMs] of lastAtMs) if (atMs <= nowMs - brakeWindowMs) lastAtMs.delete(node);
    const idle = [...lastAtMs].filter(([node]) => !underWay.has(node)).map(([, atMs]) => atMs);
    return [...idle.sort((a, b) => a - b), ...[...underWay.keys()].map(() => nowMs)];
  }

  /** On the wall clock: when one more may go; undefined: now. */
  function clearsAtMs(counted: readonly number[], allowed: number): number | undefined {
    const last = counted[counted.length - allowed];
    return last === undefined ? undefined : clock.wallMs() + (last + brakeWindowMs - clock.monotonicMs());
  }

  function end(node: string): void {
    const others = (underWay.get(node) ?? 1) - 1;
    if (others === 0) underWay.delete(node);
    else underWay.set(node, others);
  }

  return {
    ask(node, nodeCount) {
      if (!isRead) return { kind: "unread" };
      const counted = times();
      if (lastAtMs.has(node) || underWay.has(node)) return { kind: "free" };
      const atMs = clearsAtMs(counted, allowedNodes(nodeCount));
      return atMs === undefined ? { kind: "free" } : { kind: "full", restrictedNodes: counted.length, clearsAtMs: atMs };
    },
    reserve(node) {
      underWay.set(node, (underWay.get(node) ?? 0) + 1);
      return {
        confirm() {
          end(node);
          lastAtMs.set(node, clock.monotonicMs());
        },
        release: () => end(node),
      };
    },
    remember(restricted) {
      const nowMs = clock.monotonicMs();
      const offsetMs = nowMs - clock.wallMs();
      for (const { node, atMs } of restricted) {
        const thenMs = Math.min(atMs + offsetMs, nowMs); // a record of the future was written before the clock was set
        lastAtMs.set(node, Math.max(lastAtMs.get(node) ?? thenMs, thenMs));
      }
      isRead = true;
    },
    state(nodeCount) {
      const counted = times();
      const allowed = allowedNodes(nodeCount);
      return { restrictedNodes: counted.length, allowedNodes: allowed, clearsAtMs: clearsAtMs(counted, allowed) };
    },
  };
}
