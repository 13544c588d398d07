/** Which nodes are looked at for their GPUs. */
import type { NodeState } from "../state/node-state.ts";

/** Whether its agent ever saw one. A node without costs nothing more. */
export function hasGpu({ probes }: Pick<NodeState, "probes">): boolean {
  return (probes.get("gpu")?.subjects.size ?? 0) > 0;
}
