/**
 * MCP without a session: each request is answered by itself, nothing is kept, nothing is sent unasked. A language model's client connects, lists and calls
 * on every chat request, so that there is nothing to leak. Written out rather than taken from the official SDK: its server needs a new server and
 * transport for each request to be stateless, is 0.7 to 0.9 MB in the bundle, and brings seventeen packages (express, hono, zod …) into a process that has
 * an HTTP server and schemas already; what is used of it is the five methods below. The official client is what the tests speak with.
 */
import { AppError, version } from "@nodekeeper/shared";
import { allows } from "../../../identity/scope.ts";
import { authorize } from "../../access/authorize.ts";
import type { Principal } from "../../access/principal.ts";
import { problemOf } from "../../problem/problem-of.ts";
import { tools } from "../index.ts";
import { readParameters } from "../support/read-parameters.ts";
import { renderAnswer } from "../support/render-answer.ts";
import type { Tool, ToolContext } from "../support/tool.ts";
import { isRecord, type Message, type Reply, refusal, rpcCodes } from "./json-rpc.ts";

/** Versions of the protocol that are spoken here, the newest first. Of what is used, all are the same. */
export const protocolVersions: readonly string[] = ["2025-11-25", "2025-06-18", "2025-03-26"];

/** Who asks, and what is looked at. */
export interface McpAsked {
  readonly caller: Principal;
  readonly context: ToolContext;
  readonly requestId: string;
  /** Told of what is our own fault. */
  onFault(error: AppError): void;
}

const instructions =
  "Facts about the machines, GPUs and Ollama models of this cluster, as of now. Every answer begins with one sentence; freshness and ages say how far to " +
  "trust it. Nothing is changed by asking.";

/** Answers a request. */
export async function answerMcp({ id, method, params }: Extract<Message, { kind: "request" }>, asked: McpAsked): Promise<Reply> {
  switch (method) {
    case "initialize":
      return { jsonrpc: "2.0", id, result: hello(params["protocolVersion"]) };
    case "ping":
      return { jsonrpc: "2.0", id, result: {} };
    case "tools/list":
      return { jsonrpc: "2.0", id, result: { tools: toolsFor(asked.caller).map(described) } };
    case "tools/call": {
      const { name, arguments: given = {} } = params;
      const tool = tools.find((known) => known.name === name);
      if (tool === undefined) {
        const known = toolsFor(asked.caller).map((each) => each.name);
        return refusal(
          id,
          rpcCodes.invalidParams,
          `there is no tool ${JSON.stringify(name ?? "").slice(0, 80)}; there are ${known.join(", ")}`,
        );
      }
      if (!isRecord(given)) return refusal(id, rpcCodes.invalidParams, '"arguments" is not an object');
      return { jsonrpc: "2.0", id, result: await called(tool, given, asked) };
    }
    default:
      return refusal(id, rpcCodes.methodNotFound, `${method.slice(0, 80)} is not known here: this server has tools only`);
  }
}

/** The tools that somebody may use: a model is not shown what it would be refused. */
export function toolsFor({ scopes }: Principal): readonly Tool[] {
  return tools.filter(({ access }) => allows(scopes, access));
}

/** The version that was asked for where it is spoken here, else our newest: the client decides whether it goes on. */
function hello(asked: unknown): object {
  const protocolVersion = protocolVersions.find((known) => known === asked) ?? protocolVersions[0];
  const serverInfo = { name: "nodekeeper", title: "nodekeeper", version };
  return { protocolVersion, capabilities: { tools: {} }, serverInfo, instructions };
}

function described({ name, title, description, parameters }: Tool): object {
  const { properties, required = [] } = parameters;
  const annotations = { title, readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false };
  return { name, title, description, inputSchema: { type: "object", properties, required }, annotations };
}

/** The text is the whole answer: Open WebUI reads nothing else. */
async function called(
  tool: Tool,
  given: Readonly<Record<string, unknown>>,
  { caller, context, requestId, onFault }: McpAsked,
): Promise<object> {
  try {
    authorize(caller, tool.access);
    const text = renderAnswer(await tool.handle(context, readParameters(tool, given)));
    return { content: [{ type: "text", text }], structuredContent: JSON.parse(text) };
  } catch (thrown) {
    const error = AppError.from(thrown);
    const { detail, status } = problemOf(error, requestId);
    if (status >= 500) onFault(error);
    return { content: [{ type: "text", text: detail }], isError: true };
  }
}
