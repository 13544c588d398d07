/** A case of the fit of a model, and the models that the cases speak of. */
import type { FitAnswer } from "../readings/ollama/model-fit.ts";

/** A model on disk. */
export type ModelShape = Readonly<Record<string, unknown>>;

/** A model in memory. */
export interface Resident {
  readonly name: string;
  /** Of the first card, as Ollama claims. */
  readonly bytes: number;
  /** All of it, where some lies on the CPU. */
  readonly sizeBytes?: number;
  /** When it would be unloaded, in seconds from now; never: it is kept. */
  readonly leftSeconds?: number | "never";
  readonly weights?: string;
  readonly context?: number;
  /** What of it the driver sees, where that is not all. */
  readonly heldBytes?: number;
}

/** One case. */
export interface FitCase {
  readonly name: string;
  readonly model: ModelShape;
  /** Sizes of the cards in GiB; one of 16 unless said otherwise. */
  readonly cards?: readonly number[];
  readonly asked?: number;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly loaded?: readonly Resident[];
  /** What a program that is not Ollama's holds of the first card. */
  readonly game?: number;
  readonly trouble?: "asleep" | "stale driver" | "unknown loaded models" | "muted processes" | "server stopped";
  readonly is: FitAnswer;
  readonly needs?: number;
  readonly context?: number;
  readonly unload?: readonly string[];
  /** A part of the sentence. */
  readonly says?: string;
}

/** 28 × 8 × 256 × 2 = 114 688 a token; 4096 of them 469 762 048. */
export const llama3b: ModelShape = chat(2_019_393_189, 28);
/** 131 072 a token; 4096 of them 536 870 912. */
export const llama8b: ModelShape = chat(4_920_753_328, 32);
/** 196 608 a token; 4096 of them 805 306 368. */
export const qwen14b: ModelShape = chat(8_988_124_069, 48);
/** 262 144 a token. */
export const qwen32b: ModelShape = chat(19_851_349_669, 64);
/** 327 680 a token. */
export const llama70b: ModelShape = chat(42_520_413_916, 80);
/** 147 456 a token. */
export const vision: ModelShape = chat(6_100_000_000, 36, { family: "qwen3vl", capabilities: ["completion", "vision"] });
/** nomic-embed-text: 12 × 12 × 128 × 2 = 36 864 a token, 2048 of them at most: 75 497 472. */
export const embedding: ModelShape = {
  ...{ sizeBytes: 274_302_450, layerCount: 12, keyValueHeadCount: 12, keyLengthDimensions: 64, valueLengthDimensions: 64 },
  ...{ maximumContextLengthTokens: 2_048, capabilities: ["embedding"] },
};

/** A model with 8 heads of 128; a token takes layers × 8 × (128 + 128) numbers of 2 bytes. */
export function chat(sizeBytes: number, layerCount: number, more: ModelShape = {}): ModelShape {
  return {
    ...{ sizeBytes, layerCount, keyValueHeadCount: 8, keyLengthDimensions: 128, valueLengthDimensions: 128 },
    ...{ maximumContextLengthTokens: 131_072, capabilities: ["completion"], ...more },
  };
}
