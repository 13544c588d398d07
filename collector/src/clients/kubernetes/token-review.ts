/** Asks the API server whether a token holds (authentication.k8s.io/v1 TokenReview): it knows of pods and accounts that are gone. */
import { fieldsAt, textAt } from "@nodekeeper/shared";
import type { Api } from "./api.ts";

/** Its answer. */
export type TokenReview =
  | {
      readonly kind: "confirmed";
      /** system:serviceaccount:NAMESPACE:NAME */
      readonly username: string;
      /** Node of the pod that the token is bound to; undefined where the API server does not say it (before 1.30). */
      readonly node: string | undefined;
    }
  /** The token does not hold; in its words, which never have the token. */
  | { readonly kind: "refused"; readonly reason: string };

const nodeNameKey = "authentication.kubernetes.io/node-name";

/** Asks. */
export async function reviewToken(
  api: Api,
  { token, audience }: { readonly token: string; readonly audience: string },
  signal: AbortSignal,
): Promise<TokenReview> {
  const path = "/apis/authentication.k8s.io/v1/tokenreviews";
  const body = { apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", spec: { token, audiences: [audience] } };
  const status = fieldsAt(await api.ask({ method: "POST", path, body }, signal), "status");
  if (status["authenticated"] !== true) return { kind: "refused", reason: textAt(status, "error") ?? "the token is not known" };
  const { audiences } = status;
  if (!Array.isArray(audiences) || !audiences.includes(audience))
    return { kind: "refused", reason: `the API server does not confirm the audience ${audience}` };
  const user = fieldsAt(status, "user");
  const node: unknown = Object.values(fieldsAt(user, "extra")[nodeNameKey] ?? [])[0];
  return { kind: "confirmed", username: textAt(user, "username") ?? "", node: typeof node === "string" ? node : undefined };
}
