/** Headers that go with some problems: how to prove who asks (RFC 6750), and when to ask again. */
import type { AppError } from "@nodekeeper/shared";
import { problemKindOf } from "./status-of.ts";

/** Name and value of each; none for most. */
export function problemHeaders({ code, context }: AppError): Readonly<Record<string, string>> {
  const { status } = problemKindOf(code);
  if (status === 401) {
    const suffix = code === "IDENTITY_MISSING" ? "" : ', error="invalid_token"';
    return { "www-authenticate": `Bearer realm="nodekeeper"${suffix}` };
  }
  const retryAfterSeconds = context["retryAfterSeconds"];
  return typeof retryAfterSeconds === "number" ? { "retry-after": String(retryAfterSeconds) } : {};
}
