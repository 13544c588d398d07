/** How much it is worth what is said in a node's name. */

/** By what the agent that spoke last proved that it is the node's. */
export interface NodeProof {
  /** unreviewed: its token is good, and the API server did not confirm yet that it still holds. */
  readonly state: "unproven" | "unreviewed" | "proven";
  readonly by: "nothing" | "cluster" | "credential";
}

/** It came by a listener that only this machine can reach, and nobody asked. */
export const unproven: NodeProof = { state: "unproven", by: "nothing" };

/** Whether anything may be written on the ground of what is known of a node. Everything that writes asks this, and nothing else. */
export function isProven(node: { readonly proof: NodeProof } | undefined): boolean {
  return node?.proof.state === "proven";
}
