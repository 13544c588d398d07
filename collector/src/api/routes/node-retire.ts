/** DELETE /api/v1/nodes/{name} */
import { RetiredNode } from "@nodekeeper/shared/api";
import { NodeNameParameter } from "../path-parameters.ts";
import { requireNode } from "../require-node.ts";
import { defineRoute, type Route } from "../route.ts";

/** Forgets a node. */
export const nodeRetire: Route = defineRoute({
  name: "node-retire",
  method: "DELETE",
  path: "/api/v1/nodes/{name}",
  access: "admin",
  tag: "nodes",
  summary: "Retire a node that will not come back",
  description:
    "Its state is forgotten, its findings end, its credentials are revoked, and its disks may turn up elsewhere without a word. Its history, " +
    "changes and past findings stay for as long as they are kept. A node that is connected is refused: end its agent first.",
  pathParameters: NodeNameParameter,
  audit: { action: "node.retire", target: ({ name = "" }) => ({ kind: "node", name }) },
  success: { status: 200, description: "It is forgotten", contentType: "application/json", schema: RetiredNode },
  refusals: { 404: "No node has this name", 409: "Its agent is connected", 503: "It cannot be written now" },
  async handle({ state, retireNode }, { path }) {
    const { name } = requireNode(state, path.name);
    const { revokedCredentials } = await retireNode(name);
    const noted =
      revokedCredentials.length === 0 ? "it had no credential" : `credential ${revokedCredentials.join(", ")} revoked`;
    return { kind: "body", body: { node: name, revokedCredentials: revokedCredentials.length }, noted };
  },
});
