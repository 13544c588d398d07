/** GET /api/v1/credentials */
import { CredentialList } from "@nodekeeper/shared/api";
import { credentialBody } from "../present/access-bodies.ts";
import { defineRoute, type Route } from "../route.ts";

/** What lets enrolled machines in. */
export const credentials: Route = defineRoute({
  name: "credentials",
  method: "GET",
  path: "/api/v1/credentials",
  access: "admin",
  tag: "access",
  summary: "What lets enrolled machines in",
  description:
    "One credential a machine, and its successor while it is being handed over. Machines of the cluster have none: their pods' tokens count.",
  success: { status: 200, description: "The credentials", contentType: "application/json", schema: CredentialList },
  handle: ({ registry }) => ({ kind: "body", body: { credentials: registry.credentials().map(credentialBody) } }),
});
