/** GET /api/v1/authority */
import { AppError } from "@nodekeeper/shared";
import { AuthorityBody } from "@nodekeeper/shared/api";
import { authorityBody } from "../present/access-bodies.ts";
import { defineRoute, type Route } from "../route.ts";

/** Whom others must trust. */
export const authority: Route = defineRoute({
  name: "authority",
  method: "GET",
  path: "/api/v1/authority",
  access: "admin",
  tag: "access",
  summary: "The collector's certificate, and whom agents trust for it",
  description: "During a rotation two authorities are trusted: the one that signs, and the one that will or did.",
  success: { status: 200, description: "The authorities", contentType: "application/json", schema: AuthorityBody },
  refusals: { 409: "The collector serves nobody by TLS, and has no certificate" },
  handle({ tls, authority: own }) {
    if (tls === undefined) throw noCertificate();
    return { kind: "body", body: authorityBody(tls, own !== undefined) };
  },
});

/** For a collector without public listeners. */
export function noCertificate(): AppError {
  return new AppError(
    "CONFLICT",
    "the collector has no certificate, since it serves nobody by TLS: give it --public-listen or --public-grpc-listen, and --public-name",
  );
}
