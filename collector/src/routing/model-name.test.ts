import { describe, expect, it } from "vitest";
import { modelKey } from "./model-name.ts";

describe("names of models", () => {
  it.each([
    ["llama3.2", "llama3.2:latest"],
    ["Llama3.2:3B", "llama3.2:3b"],
    ["hf.co/bartowski/Model-GGUF", "hf.co/bartowski/model-gguf:latest"],
    ["registry:5000/team/model", "registry:5000/team/model:latest"],
    [" granite4:3b ", "granite4:3b"],
    ["library/llama3.2", "llama3.2:latest"],
    ["registry.ollama.ai/library/llama3.2:3b", "llama3.2:3b"],
    ["registry.ollama.ai/mika/llama3.2", "registry.ollama.ai/mika/llama3.2:latest"],
  ])("%s is %s", (name, key) => {
    expect(modelKey(name)).toBe(key);
  });
});
