/** Finds the machine that a request names. */
import { AppError, nearest } from "@nodekeeper/shared";
import type { Onboarding } from "@nodekeeper/shared/api";
import type { RouteContext } from "./route.ts";

/** Its way, or NOT_FOUND with the name that was probably meant. */
export function requireOnboarding(onboardings: RouteContext["onboardings"], name: string): Onboarding {
  const found = onboardings.of(name);
  if (found !== undefined) return found;
  const suggestion = nearest(
    name,
    onboardings.all().map(({ node }) => node),
  );
  const hint = suggestion === undefined ? "`nodekeeper onboard` lists those that are known" : `did you mean "${suggestion}"?`;
  throw new AppError("NOT_FOUND", `no machine is called "${name}"; ${hint}`);
}
