/** Messages of JSON-RPC 2.0 as MCP uses it. */

/** Of a request, by which its answer is found. */
export type MessageId = string | number;

/** What came. */
export type Message =
  | {
      readonly kind: "request";
      readonly id: MessageId;
      readonly method: string;
      readonly params: Readonly<Record<string, unknown>>;
    }
  /** Notifications, and answers to questions that we never ask: nothing is to be done. */
  | { readonly kind: "no-request" }
  | { readonly kind: "invalid"; readonly problem: string };

/** What goes back. */
export type Reply =
  | { readonly jsonrpc: "2.0"; readonly id: MessageId; readonly result: object }
  | {
      readonly jsonrpc: "2.0";
      readonly id: MessageId | null;
      readonly error: { readonly code: number; readonly message: string };
    };

/** Codes of the standard. */
export const rpcCodes = { invalidRequest: -32_600, methodNotFound: -32_601, invalidParams: -32_602 } as const;

/** Reads a body that was JSON. */
export function readMessage(body: unknown): Message {
  if (Array.isArray(body)) {
    return {
      kind: "invalid",
      problem: "a batch came, which MCP does not have since 2025-06-18: send one message in each request",
    };
  }
  if (!isRecord(body) || body["jsonrpc"] !== "2.0")
    return { kind: "invalid", problem: 'this is no message of JSON-RPC 2.0 ("jsonrpc": "2.0")' };
  const { id, method, params = {} } = body;
  if (method === undefined && ("result" in body || "error" in body)) return { kind: "no-request" };
  if (typeof method !== "string") return { kind: "invalid", problem: '"method" is missing' };
  if (id === undefined) return { kind: "no-request" };
  if (typeof id !== "string" && typeof id !== "number")
    return { kind: "invalid", problem: '"id" is neither a text nor a number' };
  return isRecord(params) ? { kind: "request", id, method, params } : { kind: "invalid", problem: '"params" is not an object' };
}

/** An object with keys. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An answer that refuses. */
export function refusal(id: MessageId | null, code: number, message: string): Reply {
  return { jsonrpc: "2.0", id, error: { code, message } };
}
