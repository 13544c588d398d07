/** GET /api/v1/gpus/availability */
import { GpuAvailabilityList, GpuAvailabilityQuery } from "@nodekeeper/shared/api";
import { defineRoute, type Route } from "../route.ts";

const gibibyte = 2 ** 30;

/** Which GPU can take a model, or a program. */
export const gpuAvailabilityRoute: Route = defineRoute({
  name: "gpu-availability",
  method: "GET",
  path: "/api/v1/gpus/availability",
  access: "gpu:read",
  tag: "gpus",
  summary: "Which GPU is free for a model, or for a program",
  description:
    "The best `limit`, with one sentence why and how fresh that is; the others are counted. With `model`, whether it would lie on the GPU as a whole, by Ollama's own rules; with " +
    "`min_free_vram_gib`, whether a program that is not Ollama's could have so much memory; without either, whether the GPU is free at all. Nothing is " +
    "woken, loaded or kept by asking.",
  queryParameters: GpuAvailabilityQuery,
  success: { status: 200, description: "The answer", contentType: "application/json", schema: GpuAvailabilityList },
  handle({ gpuAnswers }, { query }) {
    const { model, context_length_tokens: contextLengthTokens, min_free_vram_gib: freeGib, limit = 50 } = query;
    const wish = {
      ...(model === undefined ? {} : { model }),
      ...(contextLengthTokens === undefined ? {} : { contextLengthTokens }),
      ...(freeGib === undefined ? {} : { freeBytes: freeGib * gibibyte }),
    };
    return gpuAnswers.availability(wish, limit);
  },
});
