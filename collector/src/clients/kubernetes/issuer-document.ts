/** Who issues a cluster's ServiceAccount tokens, as it says by OpenID discovery. */
import { AppError, type Fields, textAt } from "@nodekeeper/shared";
import type { Api } from "./api.ts";

/** What tokens are verified against. */
export interface IssuerDocument {
  /** `iss` of its tokens. */
  readonly issuer: string;
  /** Public keys (RFC 7517), as they were served. */
  readonly keys: readonly Fields[];
}

/** More keys than any rotation needs. */
const maximumKeys = 100;

/** Reads both. The keys are asked of the API server itself: the address in its document is often one that only its own network reaches. */
export async function readIssuer(api: Api, signal: AbortSignal): Promise<IssuerDocument> {
  const discovery = await api.ask({ method: "GET", path: "/.well-known/openid-configuration" }, signal);
  const issuer = textAt(discovery, "issuer");
  const { keys } = await api.ask({ method: "GET", path: "/openid/v1/jwks" }, signal);
  if (issuer === undefined || !Array.isArray(keys) || keys.length > maximumKeys)
    throw new AppError("PEER_REFUSED", "the cluster's API does not say who issues its tokens in a form that we know");
  const objects: readonly unknown[] = keys;
  return { issuer, keys: objects.filter((key): key is Fields => typeof key === "object" && key !== null) };
}
