/** POST /api/v1/authority/rotate */
import { AppError } from "@nodekeeper/shared";
import { AuthorityBody, AuthorityRotation } from "@nodekeeper/shared/api";
import { authorityBody } from "../present/access-bodies.ts";
import { defineRoute, type Route } from "../route.ts";
import { noCertificate } from "./authority.ts";

/** Another authority. */
export const authorityRotate: Route = defineRoute({
  name: "authority-rotate",
  method: "POST",
  path: "/api/v1/authority/rotate",
  access: "admin",
  tag: "access",
  summary: "Bring in a new authority",
  description:
    "Agents are told of it at once, and it signs when they had time to hear of it. With `isImmediate` it signs now: for a key that got into wrong " +
    "hands. Agents that are away then must be enrolled anew.",
  body: AuthorityRotation,
  audit: { action: "authority.rotate", target: () => ({ kind: "authority", name: "" }) },
  success: { status: 200, description: "The authorities now", contentType: "application/json", schema: AuthorityBody },
  refusals: {
    409: "One waits to sign already, the certificate is somebody else's, or there is none",
    503: "It cannot be written now",
  },
  async handle({ tls, authority }, { body }) {
    if (tls === undefined) throw noCertificate();
    if (authority === undefined) {
      throw new AppError("CONFLICT", "the certificate comes from --tls-cert: whoever makes that file rotates its authority");
    }
    const isImmediate = body.isImmediate === true;
    await authority.rotate({ isImmediate });
    return { kind: "body", body: authorityBody(authority, true), noted: isImmediate ? "signs at once" : "" };
  },
});
