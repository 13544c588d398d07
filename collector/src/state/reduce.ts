/** (node, event) → node. Pure, and the only writer of the state. */
import type { StateEvent } from "./event.ts";
import type { NodeState } from "./node-state.ts";

/** The node after the event; undefined when the event is about a node that nobody has met. */
export function reduce(_node: NodeState | undefined, _event: StateEvent): NodeState | undefined {
  throw new Error("not written yet");
}
