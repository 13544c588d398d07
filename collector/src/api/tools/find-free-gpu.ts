/** find_free_gpu: which GPU is free for something. */
import { Type } from "typebox";
import { requestInvalid } from "../problem/validation.ts";
import { contextLengthParameter, modelParameter } from "./support/parameters.ts";
import { requireModel } from "./support/require-model.ts";
import { bytesOfGib, freshnessText, gpuList } from "./support/tell-gpus.ts";
import { defineTool, type Tool } from "./support/tool.ts";

/** The best GPU for a model, for a program, or at all. */
export const findFreeGpu: Tool = defineTool({
  name: "find_free_gpu",
  title: "Find a free GPU",
  description:
    "Finds the GPU that is free for a model of Ollama (model), or for a program that needs so much memory (min_free_vram_gib); with neither, a GPU that is " +
    "free at all. Answers with the best first: now, after-waking (it sleeps), after-unload (when the models under unloads are gone, which Ollama does by " +
    "itself), taken, reserved, off, never or unknown, each with the reason. It wakes, loads and reserves nothing.",
  access: "gpu:read",
  parameters: Type.Object({
    model: Type.Optional(modelParameter("Leave it out to ask for a program that is not a model of Ollama.")),
    min_free_vram_gib: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 100_000,
        description: "GPU memory in GiB that must be free, for programs such as a game or a training. Not together with model.",
      }),
    ),
    context_length_tokens: Type.Optional(contextLengthParameter()),
  }),
  async handle(context, { model, min_free_vram_gib: freeGib = 0, context_length_tokens: contextLengthTokens }) {
    if (model !== undefined && freeGib > 0) {
      throw requestInvalid([
        "give model or min_free_vram_gib, not both: how much memory a model needs is worked out from the model",
      ]);
    }
    if (model === undefined && contextLengthTokens !== undefined) {
      throw requestInvalid(["context_length_tokens goes with model: name the model too, or leave it out"]);
    }
    const { text, gpus } = await context.gpuAnswers.judged({
      ...(model === undefined ? {} : { model: requireModel(context, model) }),
      ...(contextLengthTokens === undefined ? {} : { contextLengthTokens }),
      ...(freeGib === 0 ? {} : { freeBytes: bytesOfGib(freeGib) }),
    });
    const nowMs = context.clock.wallMs();
    return { text: `${text}${freshnessText(gpus[0], nowMs)}`, list: gpuList(gpus, nowMs) };
  },
});
