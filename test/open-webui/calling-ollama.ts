/**
 * An Ollama whose one model does what a model of random weights cannot: shown tools, it calls one; shown what the tool said, it repeats that. It has a
 * model for embeddings, too, of a digest of its own.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { type Fields, listAt, textAt } from "@nodekeeper/shared";

/** It runs. */
export interface CallingOllama extends AsyncDisposable {
  readonly url: string;
  /** What was asked, path by path. */
  readonly asked: readonly string[];
  /** What tools answered, as it was shown to the model. */
  readonly toldByTools: readonly string[];
}

/** What it calls. */
export interface ToolCall {
  readonly name: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** Name of its model for chats; the other is called as in the real Ollama. */
export const callingModel = "caller:latest";

/** Starts it. */
export async function startCallingOllama(call: ToolCall, embeddingModel: string): Promise<CallingOllama> {
  const asked: string[] = [];
  const toldByTools: string[] = [];
  const models = [callingModel, embeddingModel].map((model, index) => ({
    ...{ name: model, model, modified_at: "2026-08-23T10:00:00Z", size: 1000, digest: String(index + 1).repeat(64) },
    details: {
      parent_model: "",
      format: "gguf",
      family: "llama",
      families: ["llama"],
      parameter_size: "1B",
      quantization_level: "Q4_0",
    },
  }));
  const answers: Readonly<Record<string, (body: Fields) => unknown>> = {
    "/api/version": () => ({ version: "0.32.15" }),
    "/api/tags": () => ({ models }),
    "/api/ps": () => ({ models: [] }),
    "/api/show": () => ({ details: models[0]?.details, model_info: {}, capabilities: ["completion", "tools"] }),
    "/api/chat": (body) => {
      const told = listAt(body, "messages")
        .filter((message) => message["role"] === "tool")
        .map((message) => textAt(message, "content") ?? "");
      toldByTools.push(...told);
      const isCalling = told.length === 0 && listAt(body, "tools").length > 0;
      const message = isCalling
        ? { role: "assistant", content: "", tool_calls: [{ function: { name: call.name, arguments: call.parameters } }] }
        : { role: "assistant", content: `They say: ${told.join()}` };
      return {
        model: callingModel,
        created_at: "2026-08-23T10:00:00Z",
        message,
        done: true,
        done_reason: "stop",
        eval_count: 1,
        prompt_eval_count: 1,
      };
    },
  };
  const server = createServer(async (request, response) => {
    const path = request.url ?? "";
    asked.push(path);
    const answer = answers[path];
    const body = await bodyOf(request);
    response.writeHead(answer === undefined ? 404 : 200, { "content-type": "application/json" });
    response.end(`${JSON.stringify(answer?.(body) ?? { error: "not here" })}\n`);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`,
    ...{ asked, toldByTools },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<Fields> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  const text = Buffer.concat(parts).toString("utf8");
  return text === "" ? {} : (JSON.parse(text) as Fields); // Open WebUI and the collector send objects
}
