import { presentSubjects } from "@nodekeeper/shared/readings";
import { describe, expect, it } from "vitest";
import { createOllamaClient } from "../clients/ollama/ollama-client.ts";
import { factsOfOllama } from "./facts-of-ollama.ts";

const never = new AbortController().signal;

describe("what an Ollama server says of its models", () => {
  it("tells which run elsewhere", async () => {
    const models = [
      { model: "gpt-oss:120b-cloud", remote_host: "https://ollama.com:443", remote_model: "gpt-oss:120b", size: 384 },
      { model: "granite4:3b", size: 2_100_000_000, remote_host: "" },
    ];
    const { tags } = createOllamaClient(async () => Response.json({ models }));

    const told = factsOfOllama({ version: "0.32.15", models: await tags("http://a", never), loaded: [], atMs: 0 });

    expect(presentSubjects(told.subjects, "ollama_model").map(({ id, value }) => [id, value?.["isRemote"]])).toEqual([
      ["gpt-oss:120b-cloud", true],
      ["granite4:3b", false],
    ]);
  });
});
