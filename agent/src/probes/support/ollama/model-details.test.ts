import { describe, expect, it } from "vitest";
import { keepModelDetails, modelDetails } from "./model-details.ts";

const weights = "0123456789abcdef".repeat(4);
const answer = JSON.stringify({
  license: "secret",
  system: "secret",
  template: "secret",
  messages: [{ role: "user", content: "secret" }],
  modelfile: `# FROM secret\nFROM /home/secret/.ollama/models/blobs/sha256-${weights}\nSYSTEM secret\n`,
  model_info: {
    "general.architecture": "qwen3",
    "general.name": "secret",
    "qwen3.block_count": 36,
    "qwen3.attention.head_count": 32,
    "qwen3.attention.head_count_kv": 8,
    "qwen3.attention.key_length": 128,
    "qwen3.attention.value_length": 128,
    "qwen3.context_length": 40_960,
    "qwen3.embedding_length": 4096,
    "tokenizer.ggml.tokens": ["secret"],
  },
  tensors: [{ name: "secret" }],
  capabilities: ["completion", "thinking"],
});

describe("modelDetails", () => {
  it("are the numbers that the memory of a context is computed from", () => {
    expect(modelDetails(answer)).toEqual({
      capabilities: ["completion", "thinking"],
      remoteHost: undefined,
      contextLength: 40_960,
      embeddingLength: 4096,
      layerCount: 36,
      keyValueHeadCount: 8,
      keyLength: 128,
      valueLength: 128,
      weightsDigest: weights,
    });
  });

  it("are none in what is no answer", () => {
    expect(modelDetails("")).toBeUndefined();
    expect(modelDetails("{")).toBeUndefined();
    expect(modelDetails("7")).toMatchObject({ capabilities: [], layerCount: undefined });
  });
});

describe("keepModelDetails", () => {
  it("keeps what the details are made of, and no word of anybody's", () => {
    const kept = keepModelDetails(answer);

    expect(kept).not.toContain("secret");
    expect(modelDetails(kept)).toEqual(modelDetails(answer));
    expect(keepModelDetails(kept)).toBe(kept);
  });

  it("keeps an error, and nothing of what is no answer", () => {
    expect(keepModelDetails('{"error":"model not found"}')).toContain("model not found");
    expect(keepModelDetails("<html>secret</html>")).toBe("");
    expect(keepModelDetails("null")).not.toContain("null");
  });
});
