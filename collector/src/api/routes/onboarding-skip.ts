/** POST /api/v1/onboarding/{name}/skip */
import { Onboarding, OnboardingSkip } from "@nodekeeper/shared/api";
import { NodeNameParameter } from "../path-parameters.ts";
import { requireOnboarding } from "../require-onboarding.ts";
import { defineRoute, type Route } from "../route.ts";

/** Lets a step of a machine stay undone. */
export const onboardingSkip: Route = defineRoute({
  name: "onboarding-skip",
  method: "POST",
  path: "/api/v1/onboarding/{name}/skip",
  access: "admin",
  tag: "nodes",
  summary: "Let a step of a machine stay undone",
  description:
    "The machine goes on as if the step were passed; who said so, and why, stays with it. Steps without which nothing is known of a machine (seen, " +
    "connected, identity, ready) cannot be skipped. For all machines the policy says it: onboarding.skip.",
  pathParameters: NodeNameParameter,
  body: OnboardingSkip,
  audit: { action: "onboarding.skip", target: ({ name = "" }) => ({ kind: "node", name }) },
  success: { status: 200, description: "The machine as it is now", contentType: "application/json", schema: Onboarding },
  refusals: { 404: "No machine has this name", 409: "The step cannot be skipped, or is not in the way" },
  async handle({ onboardings }, { path, body: { step, reason = "" }, caller }) {
    const { node } = requireOnboarding(onboardings, path.name);
    const now = await onboardings.skip(node, { step, reason, by: caller.name });
    return { kind: "body", body: now, noted: `${step}${reason === "" ? "" : `: ${reason}`}` };
  },
});
