/** DELETE /api/v1/tokens/{id} */
import { RevokedToken } from "@nodekeeper/shared/api";
import { Type } from "typebox";
import { apiTokenBody, joinTokenBody } from "../present/access-bodies.ts";
import { defineRoute, type Route } from "../route.ts";

/** Takes a token back. */
export const tokenRevoke: Route = defineRoute({
  name: "token-revoke",
  method: "DELETE",
  path: "/api/v1/tokens/{id}",
  access: "admin",
  tag: "access",
  summary: "Take a token back",
  description:
    "At once: open streams of an API token end within two seconds. What a join token bought already stays; credentials are revoked by themselves.",
  pathParameters: Type.Object({
    id: Type.String({ minLength: 1, maxLength: 64, description: "as GET /api/v1/tokens lists it" }),
  }),
  audit: { action: "token.revoke", target: ({ id = "" }) => ({ kind: "token", name: id }) },
  success: { status: 200, description: "What was revoked", contentType: "application/json", schema: RevokedToken },
  refusals: { 404: "There is no such token", 503: "It cannot be written now, and the token still holds" },
  async handle({ registry }, { path }) {
    const revoked = await registry.revokeToken(path.id);
    if ("node" in revoked) {
      return { kind: "body", body: { joinToken: joinTokenBody(revoked) }, noted: `join token of ${revoked.node}` };
    }
    return { kind: "body", body: { apiToken: apiTokenBody(revoked) }, noted: `API token ${revoked.name}` };
  },
});
