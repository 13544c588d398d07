/** GET /api/v1/whoami */
import { WhoAmI } from "@nodekeeper/shared/api";
import { isoTime } from "../../state/iso-time.ts";
import { defineRoute, type Route } from "../route.ts";

/** Who asks. */
export const whoami: Route = defineRoute({
  name: "whoami",
  method: "GET",
  path: "/api/v1/whoami",
  access: "identified",
  tag: "access",
  summary: "Who asks, and what that one may do",
  description: "By the proof that the request shows, and the listener by which it came.",
  success: { status: 200, description: "Who asks", contentType: "application/json", schema: WhoAmI },
  handle(_context, { caller, door }) {
    const { kind, name, scopes, expiresAtMs } = caller;
    if (kind === "nobody") throw new Error("nobody passed the gate"); // the gate lets only those through whom it knows
    const body = { kind, name, scopes: [...scopes], door };
    return { kind: "body", body: expiresAtMs === undefined ? body : { ...body, expiresAt: isoTime(expiresAtMs) } };
  },
});
