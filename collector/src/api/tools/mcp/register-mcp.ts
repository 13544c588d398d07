/**
 * POST /mcp: MCP by streamable HTTP, in the form without sessions and without streams, which the protocol allows: every answer is one JSON body, GET and
 * DELETE are 405. Tokens, names and origins are judged before, as for the API.
 */
import type { AppError, Logger } from "@nodekeeper/shared";
import type { FastifyInstance, FastifyReply } from "fastify";
import { authorize } from "../../access/authorize.ts";
import type { EndpointMethod } from "../../allowed-methods.ts";
import type { ToolContext } from "../support/tool.ts";
import { answerMcp, protocolVersions, toolsFor } from "./answer-mcp.ts";
import { type Reply, readMessage, refusal, rpcCodes } from "./json-rpc.ts";

const path = "/mcp";

/** What is there, for who used another method. */
export const mcpEndpoint: EndpointMethod = { path, method: "POST" };

/** Registers it. */
export function registerMcp(app: FastifyInstance, context: ToolContext, logger: Logger): void {
  const config = { nodekeeperRoute: { access: "identified", isRead: true } } as const;
  app.post(path, { config, schema: { hide: true } }, async (request, reply) => {
    const { body, caller, headers, id: requestId } = request;
    if (toolsFor(caller).length === 0) authorize(caller, "gpu:read"); // which says what is missing
    const version = headers["mcp-protocol-version"];
    const message = readMessage(body);
    if (message.kind === "invalid") return send(reply.code(400), refusal(null, rpcCodes.invalidRequest, message.problem));
    const isHello = message.kind === "request" && message.method === "initialize"; // which is about to agree on one
    if (version !== undefined && !isHello && !protocolVersions.includes(String(version))) {
      const problem = `MCP-Protocol-Version ${String(version).slice(0, 32)} is not spoken here; what is: ${protocolVersions.join(", ")}`;
      return send(reply.code(400), refusal(message.kind === "request" ? message.id : null, rpcCodes.invalidRequest, problem));
    }
    if (message.kind === "no-request") return reply.code(202).send();
    const onFault = (err: AppError): void => logger.error({ requestId, err }, "tool failed");
    return send(reply, await answerMcp(message, { caller, context, requestId, onFault }));
  });
}

function send(reply: FastifyReply, answer: Reply): FastifyReply {
  return reply.header("cache-control", "no-store").type("application/json; charset=utf-8").send(JSON.stringify(answer));
}
