/** GET /api/v1/onboarding */
import { OnboardingList, OnboardingQuery } from "@nodekeeper/shared/api";
import { defineRoute, type Route } from "../route.ts";

/** Where all machines stand on their way. */
export const onboarding: Route = defineRoute({
  name: "onboarding",
  method: "GET",
  path: "/api/v1/onboarding",
  access: "read",
  tag: "nodes",
  summary: "How far machines have come on their way to being ready",
  description:
    "Every machine that an agent speaks for and every Node of the cluster, by name: its steps with times and evidence, and of a step that is " +
    "blocked what is wrong, the exact command that mends it, and where to type it.",
  queryParameters: OnboardingQuery,
  success: { status: 200, description: "The machines", contentType: "application/json", schema: OnboardingList },
  handle({ onboardings }, { query: { state } }) {
    const machines = onboardings.all().filter((machine) => state === undefined || state.includes(machine.state));
    return { kind: "body", body: { machines } };
  },
});
