/** GET /api/v1/nodes/{name}/onboarding */
import { Onboarding } from "@nodekeeper/shared/api";
import { NodeNameParameter } from "../path-parameters.ts";
import { requireOnboarding } from "../require-onboarding.ts";
import { defineRoute, type Route } from "../route.ts";

/** Where one machine stands. */
export const nodeOnboarding: Route = defineRoute({
  name: "node-onboarding",
  method: "GET",
  path: "/api/v1/nodes/{name}/onboarding",
  access: "read",
  tag: "nodes",
  summary: "How far a machine has come on its way to being ready",
  description:
    "Its steps with times and evidence, what is in the way and how to mend it; and the ways of machines that bore the name before: another " +
    "machine-id, or a Node that was made anew, is another machine.",
  pathParameters: NodeNameParameter,
  success: { status: 200, description: "The machine", contentType: "application/json", schema: Onboarding },
  refusals: { 404: "No machine has this name" },
  handle: ({ onboardings }, { path }) => ({ kind: "body", body: requireOnboarding(onboardings, path.name) }),
});
