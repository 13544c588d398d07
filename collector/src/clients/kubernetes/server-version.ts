/** Which version of Kubernetes an API server is. */
import { AppError, textAt } from "@nodekeeper/shared";
import type { Api } from "./api.ts";

/** E.g. v1.33.6+k3s1. */
export async function readVersion(api: Api, signal: AbortSignal): Promise<string> {
  const version = textAt(await api.ask({ method: "GET", path: "/version" }, signal), "gitVersion");
  if (version === undefined || version === "") throw new AppError("PEER_REFUSED", "the cluster's API does not say its version");
  return version;
}
