/**
 * The OpenAPI document of the tools, in the words that Open WebUI's converter understands: a name, a description and parameters that are written out in
 * full. It keeps type, description and enum of a parameter, skips references, and sends what it has without asking. One document, apart from that of the
 * API: a model is to see six tools, not eighty routes.
 */
import { version } from "@nodekeeper/shared";
import { parametersOf } from "./read-parameters.ts";
import type { Tool } from "./tool.ts";

/** Where the tools are, in front of their names. */
export const toolsPath = "/tools";

/** Makes the document. */
export function toolsDocument(tools: readonly Tool[]): object {
  return {
    openapi: "3.1.0",
    info: {
      title: "nodekeeper tools",
      version,
      description:
        "What a language model may ask about the GPUs, models and machines of this cluster. Nothing is changed by asking.",
    },
    servers: [{ url: toolsPath, description: "The collector that serves this document" }],
    paths: Object.fromEntries(tools.map((tool) => [`/${tool.name}`, { get: operation(tool) }])),
    components: {
      securitySchemes: {
        apiToken: {
          type: "http",
          scheme: "bearer",
          description: "Made with `nodekeeper token create --name open-webui --scope gpu:read --scope health:read`",
        },
      },
    },
  };
}

function operation(tool: Tool): object {
  const required = new Set<string>(tool.parameters.required);
  return {
    operationId: tool.name,
    summary: tool.title,
    description: tool.description,
    security: [{ apiToken: [] }],
    parameters: parametersOf(tool).map(([name, schema]) => ({
      ...{ name, in: "query", required: required.has(name), description: schema.description },
      schema: { ...schema },
    })),
    responses: {
      200: {
        description:
          "The answer, under 2 kB: `text` is it in one sentence, the rest the details; `more` says how many were left out",
        content: { "application/json": { schema: answerSchema } },
      },
      default: {
        description: "A problem (RFC 9457); `detail` says what to ask instead",
        content: { "application/problem+json": { schema: problemSchema } },
      },
    },
  };
}

const answerSchema = { type: "object", properties: { text: { type: "string" }, more: { type: "string" } }, required: ["text"] };

const problemSchema = {
  type: "object",
  properties: { status: { type: "integer" }, title: { type: "string" }, detail: { type: "string" }, code: { type: "string" } },
  required: ["status", "title", "detail", "code"],
};
