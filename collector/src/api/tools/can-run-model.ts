/** can_run_model: whether a model fits on a GPU now. */
import type { GpuAvailability } from "@nodekeeper/shared/api";
import { textsField } from "@nodekeeper/shared/fields";
import { Type } from "typebox";
import type { Backend, Role } from "../../routing/backend.ts";
import { judgedGpus } from "../../routing/gpu-availability.ts";
import { modelOf } from "../../routing/model-of.ts";
import { contextLengthParameter, modelParameter } from "./support/parameters.ts";
import { requireModel } from "./support/require-model.ts";
import { freshnessText, gpuList } from "./support/tell-gpus.ts";
import { defineTool, type Tool } from "./support/tool.ts";

/** The answer that the best GPU allows. */
const answers: Readonly<Record<GpuAvailability["verdict"], string>> = {
  now: "yes",
  "after-waking": "yes, after a GPU woke",
  "after-unload": "yes, after others are unloaded",
  taken: "not now",
  reserved: "not now",
  off: "not now",
  never: "no",
  unknown: "unknown",
};

/** The GPUs of the machines that have the model. */
export const canRunModel: Tool = defineTool({
  name: "can_run_model",
  title: "Can a model run",
  description:
    "Tells whether a model of Ollama would lie on a GPU as a whole now, by Ollama's own rule: yes, yes after waking or unloading, not now, no, or unknown, " +
    "with the memory that it needs and what each GPU has, and where a request for it would go. Use it before you suggest a model or a longer context. " +
    "It loads nothing.",
  access: "gpu:read",
  parameters: Type.Object({
    model: modelParameter(),
    context_length_tokens: Type.Optional(contextLengthParameter()),
  }),
  async handle(context, { model: wanted, context_length_tokens: contextLengthTokens }) {
    const model = requireModel(context, wanted);
    const backends = context.routing.backends();
    const having = new Set(backends.filter(({ facts }) => modelOf(facts, model) !== undefined).map(({ name }) => name));
    const asked = contextLengthTokens === undefined ? {} : { contextLengthTokens };
    const wish = { model, ...asked };
    const { gpus } = await context.gpuAnswers.judged(wish);
    const judged = judgedGpus(
      gpus.filter(({ node }) => having.has(node)),
      wish,
    );
    const nowMs = context.clock.wallMs();
    const [best] = judged.gpus;
    const route = context.routing.explain({ model, role: roleOf(backends, model), ...asked });
    const said = best === undefined ? `no machine with a GPU has ${model}` : `${judged.text}${freshnessText(best, nowMs)}`;
    return {
      text: `${said}. Now ${route.text}`,
      facts: { model, answer: best === undefined ? "no" : answers[best.verdict], servers_with_it: having.size },
      list: gpuList(judged.gpus, nowMs),
    };
  },
});

/** What embeds only is not chatted with. */
function roleOf(backends: readonly Backend[], model: string): Role {
  const capabilities = backends.flatMap(({ facts }) => {
    const told = modelOf(facts, model);
    return told === undefined ? [] : textsField(told, "capabilities");
  });
  return capabilities.includes("embedding") && !capabilities.includes("completion") ? "embeddings" : "generation";
}
