/** Errors of the API, in the form of RFC 9457 (application/problem+json). */
import { type Static, Type } from "typebox";

/** Body of every answer that is not a success. */
export const Problem = Type.Object({
  type: Type.String({ description: "about:blank, or a link into docs/errors.md" }),
  title: Type.String(),
  status: Type.Number(),
  detail: Type.String({ description: "what was wrong, where, and what to do" }),
  code: Type.String({ description: "stable code, see docs/errors.md" }),
  requestId: Type.String(),
});
export type Problem = Static<typeof Problem>;
