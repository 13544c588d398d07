/** POST /api/v1/onboarding/{name}/retry */
import { Onboarding } from "@nodekeeper/shared/api";
import { NodeNameParameter } from "../path-parameters.ts";
import { requireOnboarding } from "../require-onboarding.ts";
import { defineRoute, type Route } from "../route.ts";

/** Looks again at what blocks a machine. */
export const onboardingRetry: Route = defineRoute({
  name: "onboarding-retry",
  method: "POST",
  path: "/api/v1/onboarding/{name}/retry",
  access: "admin",
  tag: "nodes",
  summary: "Look again at what is in a machine's way",
  description:
    "Its agent is asked to look again at all that blocks it, and the machine is judged anew. It happens by itself too, within seconds; what the " +
    "agent finds comes after this answer.",
  pathParameters: NodeNameParameter,
  audit: { action: "onboarding.retry", target: ({ name = "" }) => ({ kind: "node", name }) },
  success: { status: 200, description: "The machine as it is now", contentType: "application/json", schema: Onboarding },
  refusals: { 404: "No machine has this name" },
  async handle({ onboardings }, { path }) {
    const { node } = requireOnboarding(onboardings, path.name);
    const now = await onboardings.retry(node);
    return { kind: "body", body: now, noted: `it is ${now.state}` };
  },
});
