/** Whether an agent speaks from the machine that a Node stands for. */
import type { NodeState } from "../node-state.ts";
import type { ClusterNode } from "./cluster-node.ts";

/** False where both said their machine-id, and they differ: then the name was taken over, and nothing of one is told of the other. */
export function isSameMachine(agent: Pick<NodeState, "machineId">, { info }: Pick<ClusterNode, "info">): boolean {
  return agent.machineId === "" || info.machineId === "" || plain(agent.machineId) === plain(info.machineId);
}

function plain(machineId: string): string {
  return machineId.replaceAll("-", "").toLowerCase();
}
