/** What a node's name is worth: how its agent proved it. */
import type { NodeSummary } from "../api/node.ts";

/** A sentence without its full stop, by the API's word. */
export const proofTexts: Readonly<Record<NonNullable<NodeSummary["proof"]>, string>> = {
  proven: "its agent proved that it is this node",
  unreviewed: "its token is good, and the cluster did not confirm yet that it still holds",
  unproven: "its agent reports by loopback, where nobody is asked for a proof",
};
