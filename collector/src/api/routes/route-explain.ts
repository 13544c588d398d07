/** GET /api/v1/routes/explain */
import { RouteExplainQuery, RouteExplanation } from "@nodekeeper/shared/api";
import { routeExplanation } from "../present/route-bodies.ts";
import { defineRoute, type Route } from "../route.ts";

/** Why a request goes where it goes. */
export const routeExplain: Route = defineRoute({
  name: "route-explain",
  method: "GET",
  path: "/api/v1/routes/explain",
  access: "gpu:read",
  tag: "gpus",
  summary: "Where a request for a model would go now, and why",
  description: "The server, why it, and why each other one not. A name without a tag is `:latest`, as Ollama takes it.",
  queryParameters: RouteExplainQuery,
  success: { status: 200, description: "The answer", contentType: "application/json", schema: RouteExplanation },
  handle({ routing, clock }, { query }) {
    const { model, kind = "generation", context_length_tokens: contextLengthTokens } = query;
    const role = kind === "embed" || kind === "embeddings" ? "embeddings" : "generation";
    const request = { model, role, ...(contextLengthTokens === undefined ? {} : { contextLengthTokens }) } as const;
    return { kind: "body", body: routeExplanation(routing, request, clock.wallMs()) };
  },
});
