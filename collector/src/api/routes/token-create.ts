/** POST /api/v1/tokens */
import { IssuedToken, TokenRequest } from "@nodekeeper/shared/api";
import { apiTokenBody, joinTokenBody } from "../present/access-bodies.ts";
import { requestInvalid } from "../problem/validation.ts";
import { defineRoute, type Route, type RouteContext } from "../route.ts";

/** A join token is good for so long without a word. */
const defaultJoinTtlSeconds = 900;

/** Lets somebody in. */
export const tokenCreate: Route = defineRoute({
  name: "token-create",
  method: "POST",
  path: "/api/v1/tokens",
  access: "admin",
  tag: "access",
  summary: "Make a token",
  description:
    "For one machine (`kind` join: it buys a credential, once), or for a program that uses the API (`kind` api). The answer has its text, which is " +
    "shown this once.",
  body: TokenRequest,
  audit: {
    action: "token.create",
    target: (_path, { node, name }) =>
      node === undefined ? { kind: name === undefined ? "" : "token", name: name ?? "" } : { kind: "node", name: node },
  },
  success: { status: 201, description: "The token", contentType: "application/json", schema: IssuedToken },
  refusals: { 409: "No machine could enroll: the collector serves nobody by TLS", 503: "The token cannot be kept now" },
  async handle(context, { body, caller }) {
    const problems = problemsOf(body);
    if (problems.length > 0) throw requestInvalid(problems);
    return body.kind === "join" ? await join(context, body, caller.name) : await api(context, body, caller.name);
  },
});

async function join(
  { registry, trust }: RouteContext,
  { node = "", ttlSeconds = defaultJoinTtlSeconds }: TokenRequest,
  by: string,
) {
  const { text, record } = await registry.createJoinToken({ node, ttlMs: ttlSeconds * 1000, by });
  const agentAddresses = [...(trust.current?.addresses ?? [])];
  return {
    kind: "body",
    body: { text, joinToken: joinTokenBody(record), agentAddresses },
    noted: `join token ${record.id}`,
  } as const;
}

async function api({ registry }: RouteContext, { name = "", scopes = [], ttlSeconds }: TokenRequest, by: string) {
  const ttlMs = ttlSeconds === undefined ? undefined : ttlSeconds * 1000;
  const { text, record } = await registry.createApiToken({ name, scopes, ttlMs, by });
  const noted = `API token ${record.id} with ${record.scopes.join(", ")}`;
  return { kind: "body", body: { text, apiToken: apiTokenBody(record) }, noted } as const;
}

/** What its schema cannot say. */
function problemsOf({ kind, node, name, scopes }: TokenRequest): readonly string[] {
  const given = { node, name, scopes };
  const needed = kind === "join" ? (["node"] as const) : (["name", "scopes"] as const);
  const foreign = kind === "join" ? (["name", "scopes"] as const) : (["node"] as const);
  return [
    ...needed.flatMap((field) =>
      given[field] === undefined ? [`field "${field}" is missing: a token of kind ${kind} needs it`] : [],
    ),
    ...foreign.flatMap((field) => (given[field] === undefined ? [] : [`field "${field}" is not one of a token of kind ${kind}`])),
  ];
}
