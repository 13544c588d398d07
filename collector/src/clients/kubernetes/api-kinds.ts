/** Which kinds an API server has: what it answers with 404 may be not there, or not there yet, or a proxy's word. */
import { AppError, listAt, textAt } from "@nodekeeper/shared";
import type { Api } from "./api.ts";
import { isStatus } from "./api-failure.ts";

/** A version of a group of kinds. */
export interface ApiVersion {
  readonly group: string;
  readonly version: string;
}

/**
 * Names of its collections, e.g. nodes; undefined where the API server lists its groups, and this one is not among them. PEER_REFUSED where it has the
 * group in other versions only.
 */
export async function listKinds(
  api: Api,
  { group, version }: ApiVersion,
  signal: AbortSignal,
): Promise<ReadonlySet<string> | undefined> {
  const path = `/apis/${group}/${version}`;
  try {
    const answer = await api.ask({ method: "GET", path }, signal);
    if (!Array.isArray(answer["resources"])) throw unknownForm(path);
    return new Set(listAt(answer, "resources").map((resource) => textAt(resource, "name") ?? ""));
  } catch (thrown) {
    if (!isStatus(thrown, 404)) throw thrown;
  }
  const answer = await api.ask({ method: "GET", path: "/apis" }, signal);
  if (!Array.isArray(answer["groups"])) throw unknownForm("/apis");
  const known = listAt(answer, "groups").find((each) => textAt(each, "name") === group);
  if (known === undefined) return undefined;
  const versions = listAt(known, "versions").map((each) => textAt(each, "version") ?? "");
  throw new AppError("PEER_REFUSED", `the cluster's API has ${group} in ${versions.join(", ")}, and not in ${version}`);
}

function unknownForm(path: string): AppError {
  return new AppError("PEER_REFUSED", `the cluster's API does not answer GET ${path} in a form that we know`);
}
