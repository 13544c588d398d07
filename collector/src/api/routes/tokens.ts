/** GET /api/v1/tokens */
import { TokenList } from "@nodekeeper/shared/api";
import { apiTokenBody, joinTokenBody } from "../present/access-bodies.ts";
import { defineRoute, type Route } from "../route.ts";

/** What was given out. */
export const tokens: Route = defineRoute({
  name: "tokens",
  method: "GET",
  path: "/api/v1/tokens",
  access: "admin",
  tag: "access",
  summary: "Tokens that were given out",
  description:
    "Join tokens that are not used up, and tokens of programs that use the API. Their texts are shown only when they are made.",
  success: { status: 200, description: "The tokens", contentType: "application/json", schema: TokenList },
  handle({ registry, clock }) {
    const nowMs = clock.wallMs();
    const isGood = ({ expiresAtMs = Number.POSITIVE_INFINITY }: { readonly expiresAtMs?: number }): boolean =>
      expiresAtMs > nowMs;
    const body = {
      joinTokens: registry.joinTokens().filter(isGood).map(joinTokenBody),
      apiTokens: registry.apiTokens().map(apiTokenBody),
    };
    return { kind: "body", body };
  },
});
