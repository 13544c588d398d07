/**
 * Tells agents which peers of their tailnet to measure the way to: other machines that report here too, by the stable ids that they report of
 * themselves. It is told after the HelloAck, and when it changes.
 */
import { create } from "@bufbuild/protobuf";
import { Outcome, WatchPeersSchema } from "@nodekeeper/proto";
import { type Clock, isPeerId } from "@nodekeeper/shared";
import type { StateHolder } from "../state/holder.ts";
import type { NodeState } from "../state/node-state.ts";
import { subjectKey } from "../state/subject-state.ts";
import { createPeerRing, type PeerRing } from "./peer-ring.ts";
import type { Session } from "./sessions.ts";
import { response } from "./wire.ts";

/** Follows who is in which tailnet. Disposing it ends that. */
export interface PeerWatch extends Disposable {
  /** The agent has its HelloAck and may be told. */
  join(session: Session): void;
  leave(session: Session): void;
}

/** What it needs. */
export interface PeerWatchOptions {
  readonly state: StateHolder;
  readonly clock: Clock;
}

/** Machines that come and go together are one change. */
export const settleMs = 2_000;

/** Begins with what the state knows. */
export function createPeerWatch({ state, clock }: PeerWatchOptions): PeerWatch {
  const machines = new Map<string, Machine>();
  const rings = new Map<string, PeerRing>();
  const told = new Map<Session, readonly string[] | undefined>();
  const ended = new AbortController();
  let isChanging = false;

  /** Of the ids that two machines claim, as clones do, one counts; neither watches itself. */
  function move(node: string, before: Machine | undefined, after: Machine | undefined): void {
    if (after === undefined) machines.delete(node);
    else machines.set(node, after);
    if (before !== undefined && !isClaimed(before)) rings.get(before.tailnet)?.remove(before.id);
    if (after !== undefined) ringOf(rings, after.tailnet).add(after.id);
    if (before !== undefined && rings.get(before.tailnet)?.size === 0) rings.delete(before.tailnet);
  }

  function isClaimed({ id, tailnet }: Machine): boolean {
    for (const other of machines.values()) if (other.id === id && other.tailnet === tailnet) return true;
    return false;
  }

  function look(nodes: Iterable<string>): void {
    let hasChanged = false;
    for (const node of nodes) {
      const [before, after] = [machines.get(node), machineOf(state.node(node))];
      if (before?.id === after?.id && before?.tailnet === after?.tailnet) continue;
      move(node, before, after);
      hasChanged = true;
    }
    if (hasChanged && !isChanging) settle();
  }

  function settle(): void {
    isChanging = true;
    clock.sleep(settleMs, ended.signal).then(
      () => {
        isChanging = false;
        for (const session of told.keys()) tell(session);
      },
      () => undefined, // the collector stops
    );
  }

  /** An agent that has no Tailscale is told nothing; one whose peers have gone must know. */
  function tell(session: Session): void {
    const machine = machines.get(session.node);
    const peerIds = machine === undefined ? undefined : rings.get(machine.tailnet)?.watchedBy(machine.id);
    if (peerIds === undefined || isSame(peerIds, told.get(session))) return;
    told.set(session, peerIds);
    session.send(response({ case: "watchPeers", value: create(WatchPeersSchema, { peerIds: [...peerIds] }) }));
  }

  look(state.nodes().map(({ name }) => name));
  const subscription = state.subscribe(look);
  return {
    join(session) {
      told.set(session, undefined);
      tell(session);
    },
    leave: (session) => void told.delete(session),
    [Symbol.dispose]() {
      subscription[Symbol.dispose]();
      ended.abort();
    },
  };
}

/** A machine in a tailnet. */
interface Machine {
  readonly id: string;
  readonly tailnet: string;
}

const tailscaleKey = subjectKey("tailscale", "");

/** What a node says that it is. While its daemon cannot be asked, what it said last stands. */
function machineOf(node: NodeState | undefined): Machine | undefined {
  const subject = node?.probes.get("tailscale")?.subjects.get(tailscaleKey);
  if (subject?.value?.case !== "tailscale" || subject.outcome === Outcome.ABSENT) return undefined;
  const { stableId, tailnet } = subject.value.value;
  return isPeerId(stableId) ? { id: stableId, tailnet } : undefined;
}

function ringOf(rings: Map<string, PeerRing>, tailnet: string): PeerRing {
  const ring = rings.get(tailnet) ?? createPeerRing();
  rings.set(tailnet, ring);
  return ring;
}

function isSame(left: readonly string[], right: readonly string[] | undefined): boolean {
  return right !== undefined && left.length === right.length && left.every((id, index) => id === right[index]);
}
