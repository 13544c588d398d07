/** Whether what let somebody in still does: for connections that stay open. */
import type { Clock } from "@nodekeeper/shared";
import type { Registry } from "../../identity/registry.ts";
import type { Principal } from "./principal.ts";

/** Why a principal is not let in any more, in few words; undefined while it is. */
export type WhyEnded = (principal: Principal) => string | undefined;

/** Looks into the register as it is when asked. */
export function createWhyEnded(registry: Pick<Registry, "apiTokens">, clock: Pick<Clock, "wallMs">): () => WhyEnded {
  return () => {
    const nowMs = clock.wallMs();
    const tokenIds = new Set(registry.apiTokens().map(({ id }) => id));
    return ({ tokenId, expiresAtMs }) => {
      if (tokenId !== undefined && !tokenIds.has(tokenId)) return "the token was revoked";
      return expiresAtMs !== undefined && expiresAtMs <= nowMs ? "the login is past its time" : undefined;
    };
  };
}
