/** explain_route: where a request for a model goes, and why. */
import { Type } from "typebox";
import { routeExplanation } from "../present/route-bodies.ts";
import { contextLengthParameter, modelParameter } from "./support/parameters.ts";
import { mostItems } from "./support/render-answer.ts";
import { requireModel } from "./support/require-model.ts";
import { defineTool, type Tool } from "./support/tool.ts";

/** The servers for a request, the best first. */
export const explainRoute: Tool = defineTool({
  name: "explain_route",
  title: "Explain a route",
  description:
    "Explains to which Ollama server a request for a model would go now, why that one and why not each other one: loaded, fits, asleep, unloads (others " +
    "first), reloads (another context), untold, on-cpu (slow) or left-out. Use it when somebody asks why a model is slow or where it runs. It sends nothing.",
  access: "gpu:read",
  parameters: Type.Object({
    model: modelParameter(),
    kind: Type.Optional(
      Type.String({
        enum: ["chat", "generation", "embeddings", "embed"],
        description:
          "What the request is: chat (the same as generation, and what is meant without it) or embeddings (the same as embed).",
      }),
    ),
    context_length_tokens: Type.Optional(contextLengthParameter()),
  }),
  handle(context, { model: wanted, kind = "chat", context_length_tokens: contextLengthTokens }) {
    const model = requireModel(context, wanted);
    const role = kind === "embeddings" || kind === "embed" ? "embeddings" : "generation";
    const asked = contextLengthTokens === undefined ? {} : { contextLengthTokens };
    const { text, server, candidates } = routeExplanation(context.routing, { model, role, ...asked }, context.clock.wallMs());
    const isOld = candidates.find((candidate) => candidate.server === server)?.isStale === true;
    return {
      text: `${text}${isOld ? "; its agent is silent, so that this may be old" : ""}`,
      facts: { model, kind: role, ...(server === undefined ? {} : { server }) },
      list: {
        name: "servers",
        total: candidates.length,
        items: candidates.slice(0, mostItems).map(({ server: name, standing, text: why, slots, unload, isStale }) => ({
          ...{ server: name, standing, why, freshness: isStale ? "stale" : "fresh" },
          ...(slots === undefined ? {} : { requests_at_once: slots }),
          ...(unload.length === 0 ? {} : { unloads: unload.slice(0, 4) }),
        })),
      },
    };
  },
});
