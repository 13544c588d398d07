/** DELETE /api/v1/credentials/{name} */
import { CredentialList } from "@nodekeeper/shared/api";
import { NodeNameParameter } from "../path-parameters.ts";
import { credentialBody } from "../present/access-bodies.ts";
import { defineRoute, type Route } from "../route.ts";

/** Locks a machine out. */
export const credentialRevoke: Route = defineRoute({
  name: "credential-revoke",
  method: "DELETE",
  path: "/api/v1/credentials/{name}",
  access: "admin",
  tag: "access",
  summary: "Lock a machine out",
  description:
    "All credentials of the node end, and its stream within a second. What is known of it stays; to come back it must be enrolled anew.",
  pathParameters: NodeNameParameter,
  audit: { action: "credential.revoke", target: ({ name = "" }) => ({ kind: "node", name }) },
  success: { status: 200, description: "What was revoked", contentType: "application/json", schema: CredentialList },
  refusals: { 404: "The node has no credential", 503: "It cannot be written now, and the credential still holds" },
  async handle({ registry }, { path }) {
    const revoked = await registry.revokeCredentials(path.name);
    const noted = `credential ${revoked.map(({ id }) => id).join(", ")}`;
    return { kind: "body", body: { credentials: revoked.map(credentialBody) }, noted };
  },
});
