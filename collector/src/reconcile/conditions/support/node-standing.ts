/** Whether anything may be concluded of a node at all, before any of its facts is looked at. */
import type { FactRead } from "@nodekeeper/shared/api";
import { isSameMachine } from "../../../state/cluster/is-same-machine.ts";
import { staleAtMs } from "../../../state/freshness.ts";
import { isoTime } from "../../../state/iso-time.ts";
import { isProven } from "../../../state/node-proof.ts";
import type { NodeState } from "../../../state/node-state.ts";
import { heartbeatIntervalMs, nodeFreshness } from "../../../state/node-view.ts";
import type { World } from "../../world.ts";
import type { Judgement, PlainReason } from "../condition.ts";

/** The node, or what is to be said without looking further. */
export type NodeStanding =
  | { readonly kind: "speaks"; readonly node: NodeState }
  | { readonly kind: "judged"; readonly judgement: Judgement };

/**
 * A node that is silent is Unknown once it is silent for longer than one that is fresh may be; until then, all is held. That time begins again when
 * the collector does: its own absence is nobody's silence, so that a restart changes nothing.
 */
export function nodeStanding(world: World, key: string): NodeStanding {
  const { nowMs, startedAtMs } = world;
  const node = world.node(key);
  const facts = node === undefined ? [] : [contactOf(node, nowMs)];
  const hold = (reason: string): NodeStanding => ({ kind: "judged", judgement: { kind: "hold", reason, facts } });
  const unknown = ({ reason, message }: Doubt): NodeStanding => ({
    kind: "judged",
    judgement: { kind: "status", status: "Unknown", reason, message, facts, isSilence: true },
  });

  if (node === undefined || node.lastContactAtMs < startedAtMs) {
    if (!isOverdue(startedAtMs, nowMs)) return hold("its agent was not heard of since the collector was started");
    return unknown(silenceOf(node));
  }
  if (nodeFreshness(node, nowMs) !== "fresh") return unknown(silenceOf(node));
  const isLong = isOverdue(Math.max(node.connection.sinceMs, startedAtMs), nowMs);
  if (!isProven(node)) return isLong ? unknown(notProven) : hold("its agent did not prove yet that it is this node's");
  const live = world.cluster.node(key);
  if (live !== undefined && !isSameMachine(node, live)) return isLong ? unknown(otherMachine) : hold(otherMachine.message);
  if (!world.isEvaluated(key)) return hold("its facts were not judged yet");
  return { kind: "speaks", node };
}

/** What is said of a node of which nothing is known now. */
interface Doubt {
  readonly reason: PlainReason;
  readonly message: string;
}

const notProven: Doubt = {
  reason: "NotProven",
  message: "what reports in its name did not prove that it is this node's agent",
};

const otherMachine: Doubt = {
  reason: "OtherMachine",
  message: "its agent speaks from another machine than the Node stands for",
};

function silenceOf(node: NodeState | undefined): Doubt {
  const goodbye = node?.connection.kind === "disconnected" ? node.connection.goodbye : undefined;
  if (goodbye === undefined) return { reason: "NotReporting", message: "nothing is heard of its agent" };
  return { reason: "NodeOffline", message: `its agent said goodbye (${goodbye}), and nothing is heard of it since` };
}

function isOverdue(sinceMs: number, nowMs: number): boolean {
  return nowMs > staleAtMs(sinceMs, heartbeatIntervalMs);
}

function contactOf(node: NodeState, nowMs: number): FactRead {
  const at = isoTime(node.lastContactAtMs);
  return { path: "agent", value: node.connection.kind, probe: "", observedAt: at, freshness: nodeFreshness(node, nowMs) };
}
