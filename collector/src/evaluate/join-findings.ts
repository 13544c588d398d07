/** Findings of nodes and of the cluster as one list, for all who show them. What is asked of one node is answered by the first alone. */
import type { Findings } from "./findings.ts";

/** Joins them. */
export function joinFindings(ofNodes: Findings, ofCluster: Pick<Findings, "all" | "subscribe">): Findings {
  return {
    all: () => [...ofCluster.all(), ...ofNodes.all()],
    ofNode: (name) => ofNodes.ofNode(name),
    recoveredAtMs: (name) => ofNodes.recoveredAtMs(name),
    subscribe(listener) {
      const subscriptions = [ofNodes.subscribe(listener), ofCluster.subscribe(listener)];
      return {
        [Symbol.dispose]() {
          for (const subscription of subscriptions) subscription[Symbol.dispose]();
        },
      };
    },
  };
}
