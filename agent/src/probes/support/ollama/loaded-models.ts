/** Models in memory, as /api/ps says: what Ollama believes. */
import type { SubjectValue } from "../../../payload.ts";
import { at, countOf } from "../document-values.ts";
import { tokenCount } from "./model-details.ts";
import { digestOf, maximumSizeBytes } from "./models.ts";
import { timestampMs } from "./timestamp.ts";

/** One loaded model. `nowMs` is the machine's own clock, by which it expires. */
export function loadedModelValue(element: unknown, nowMs: number): SubjectValue<"ollama_loaded_model"> {
  const expiresAtMs = timestampMs(at(element, "expires_at"));
  const isKept = expiresAtMs === undefined ? undefined : expiresAtMs - nowMs > foreverMs;
  return {
    digest: digestOf(element),
    sizeBytes: countOf(at(element, "size"), maximumSizeBytes),
    sizeVramBytes: countOf(at(element, "size_vram"), maximumSizeBytes),
    contextLengthTokens: tokenCount(at(element, "context_length")),
    expiresAtUnixMs: expiresAtMs === undefined || isKept === true ? undefined : BigInt(expiresAtMs),
    isKept,
  };
}

/** Ollama says "for ever" as the longest time that it can count, 292 years. Nobody means a hundred otherwise. */
const foreverMs = 100 * 365 * 24 * 3_600_000;
