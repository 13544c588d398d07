/** Whose way it is that is kept under a name, and what becomes of it when another machine bears the name. Pure. */
import type { Onboarding, PastOnboarding } from "@nodekeeper/shared/api";
import type { ClusterNode } from "../state/cluster/cluster-node.ts";
import { isoTime } from "../state/iso-time.ts";
import type { NodeState } from "../state/node-state.ts";
import type { StoredWay } from "../store/store.ts";

/** Machines of one name that are remembered. */
const maximumPast = 8;

/** Whether another machine bears the name by now: another machine-id, or a Node that was made anew. What is not known says nothing. */
export function isOtherMachine(
  { onboarding, nodeUid }: StoredWay,
  node: Pick<NodeState, "machineId"> | undefined,
  object: Pick<ClusterNode, "uid"> | undefined,
): boolean {
  const machineId = node?.machineId ?? "";
  if (onboarding.machineId !== "" && machineId !== "" && onboarding.machineId !== machineId) return true;
  return nodeUid !== "" && object !== undefined && object.uid !== nodeUid;
}

/** The ways of those who bore the name, with one more. */
export function withPast(past: readonly PastOnboarding[], { onboarding }: StoredWay, nowMs: number): readonly PastOnboarding[] {
  return [pastOf(onboarding, nowMs), ...past].slice(0, maximumPast);
}

function pastOf({ machineId, state, startedAt, readyAt, steps }: Onboarding, nowMs: number): PastOnboarding {
  return { machineId, state, startedAt, ...(readyAt === undefined ? {} : { readyAt }), endedAt: isoTime(nowMs), steps };
}
