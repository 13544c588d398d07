/** Puts the tools and their document into fastify: GET /tools/openapi.json, and GET /tools/NAME of each. */
import type { FastifyInstance } from "fastify";
import type { EndpointMethod } from "../../allowed-methods.ts";
import { sendAnswer } from "../../register-route.ts";
import { tagged } from "../../tagged.ts";
import { tools } from "../index.ts";
import { readParameters } from "./read-parameters.ts";
import { renderAnswer } from "./render-answer.ts";
import type { ToolContext } from "./tool.ts";
import { toolsDocument, toolsPath } from "./tools-document.ts";

const documentPath = `${toolsPath}/openapi.json`;

/** What is there, for who used another method. */
export const toolEndpoints: readonly EndpointMethod[] = [documentPath, ...tools.map(({ name }) => `${toolsPath}/${name}`)].map(
  (path) => ({ path, method: "GET" }),
);

/**
 * Registers them. Open WebUI asks from its own backend, which needs no word about other origins; pages of other sites are turned away here as everywhere.
 * The document holds no facts, as /openapi.json, and is made once: it is fetched whenever tools are listed.
 */
export function registerTools(app: FastifyInstance, context: ToolContext): void {
  const document = tagged(toolsDocument(tools));
  app.get(documentPath, { schema: { hide: true } }, (request, reply) =>
    sendAnswer(reply, document, request.headers["if-none-match"]),
  );
  for (const tool of tools) {
    const config = { nodekeeperRoute: { access: tool.access } };
    app.get(`${toolsPath}/${tool.name}`, { config, schema: { hide: true } }, async (request, reply) => {
      const given = readParameters(tool, request.query as Readonly<Record<string, unknown>>); // as fastify parsed it
      const text = renderAnswer(await tool.handle(context, given));
      const contentType = "application/json; charset=utf-8";
      return sendAnswer(reply, { kind: "text", contentType, text }, undefined);
    });
  }
}
