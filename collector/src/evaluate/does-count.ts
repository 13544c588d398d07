/** Which findings count: in the status of a node, and where findings are counted. Pure. */
import type { Finding } from "@nodekeeper/shared/api";

/** It fires, is no consequence of another, and nobody acknowledged or accepted it. */
export function doesCount(finding: Finding): boolean {
  return isFiring(finding) && finding.attention?.isSetAside !== true;
}

/** It fires, and is no consequence of another. */
export function isFiring({ state, suppressedBy }: Finding): boolean {
  return state === "firing" && suppressedBy === undefined;
}
