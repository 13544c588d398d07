/** POST /api/v1/credentials/{name}/rotate */
import { CredentialBody } from "@nodekeeper/shared/api";
import { NodeNameParameter } from "../path-parameters.ts";
import { credentialBody } from "../present/access-bodies.ts";
import { defineRoute, type Route } from "../route.ts";

/** Another credential in the place of a machine's. */
export const credentialRotate: Route = defineRoute({
  name: "credential-rotate",
  method: "POST",
  path: "/api/v1/credentials/{name}/rotate",
  access: "admin",
  tag: "access",
  summary: "Give a machine another credential",
  description:
    "It gets it over its stream, at once or when it comes back, and the old one ends when the new one is used. Nobody has to go there.",
  pathParameters: NodeNameParameter,
  audit: { action: "credential.rotate", target: ({ name = "" }) => ({ kind: "node", name }) },
  success: { status: 200, description: "The successor", contentType: "application/json", schema: CredentialBody },
  refusals: { 404: "The node has no credential", 503: "It cannot be written now" },
  async handle({ registry }, { path }) {
    const successor = await registry.rotateCredential(path.name);
    return { kind: "body", body: credentialBody(successor), noted: `credential ${successor.id}` };
  },
});
