/** GET /api/v1/nodes/{name}/gpus */
import { NodeGpus, NodeGpusQuery } from "@nodekeeper/shared/api";
import { viewNode } from "../../state/node-view.ts";
import { NodeNameParameter } from "../path-parameters.ts";
import { nodeGpus } from "../present/node-gpus.ts";
import { requireNode } from "../require-node.ts";
import { defineRoute, type Route } from "../route.ts";

/** What the GPUs of one node are good for now. */
export const nodeGpusRoute: Route = defineRoute({
  name: "node-gpus",
  method: "GET",
  path: "/api/v1/nodes/{name}/gpus",
  access: "gpu:read",
  tag: "nodes",
  summary: "What the GPUs of one node are good for now",
  description:
    "For each GPU whether it is free, busy, taken, asleep or unavailable, why, and who holds its memory; for each model that Ollama has loaded " +
    "where it really lies; for each model on disk whether it would fit now, after an unload or never, with the numbers. What is old or cannot " +
    "be told is `unknown`. Nothing is woken or loaded for this.",
  pathParameters: NodeNameParameter,
  queryParameters: NodeGpusQuery,
  success: { status: 200, description: "The GPUs and models", contentType: "application/json", schema: NodeGpus },
  refusals: { 404: "No node has this name; the nearest name is suggested" },
  handle({ state, clock }, { path, query }) {
    const view = viewNode(requireNode(state, path.name), clock.wallMs());
    return { kind: "body", body: nodeGpus(view, query.contextLengthTokens) };
  },
});
