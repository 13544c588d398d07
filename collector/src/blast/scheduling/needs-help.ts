/**
 * Whether work that could run elsewhere comes back by itself while its node is only silent. Kubernetes marks such pods as going after a while, and
 * takes none of them away for good before their kubelet has spoken: a StatefulSet waits for that, and a volume that one node attaches at a time stays
 * attached. Longhorn deletes such pods where its setting node-down-pod-deletion-policy says so; by default it does nothing.
 */
import { type Pod, silenceBorneSeconds } from "../objects/pod.ts";
import type { Picture } from "../picture.ts";

/** What Longhorn's policy is set to, so that both come back. */
export const helpfulPolicy = "delete-both-statefulset-and-deployment-pod";

/** What must be done by hand, and why; undefined: nothing. */
export function needsHelp(pod: Pod, picture: Picture): string | undefined {
  if (silenceBorneSeconds(pod) === undefined) return "it tolerates a silent node for ever";
  const kind = pod.owner?.kind ?? "";
  const attached = attachedClaims(pod, picture);
  if (attached.length > 0 && policyCovers(picture, kind)) return undefined;
  if (kind === "StatefulSet") return `a StatefulSet replaces no pod on a silent node before that is deleted ${byHand}`;
  if (attached[0] === undefined) return undefined;
  return `${attached[0]} stays attached to the silent node until the old pod is deleted ${byHand}`;
}

/** Whether Longhorn would delete the pod itself, were it told to. */
export function isHelpedByPolicy(pod: Pod, picture: Picture): boolean {
  const isCovered = helpfulPolicy.includes(pod.owner?.kind.toLowerCase() ?? "nobody");
  return isCovered && silenceBorneSeconds(pod) !== undefined && attachedClaims(pod, picture).length > 0;
}

const byHand = "(kubectl delete pod --force)";

function policyCovers({ longhorn }: Picture, kind: string): boolean {
  return kind !== "" && (longhorn.setting("node-down-pod-deletion-policy") ?? "").includes(kind.toLowerCase());
}

/** Its claims on volumes of Longhorn that one node attaches at a time. */
function attachedClaims({ namespace, claims }: Pod, { longhorn, sharedClaims }: Picture): readonly string[] {
  if (claims.length === 0) return [];
  const own = new Set(claims.map((claim) => `${namespace}/${claim}`));
  return longhorn
    .volumes()
    .flatMap(({ claim }) => (claim === undefined ? [] : [`${claim.namespace}/${claim.name}`]))
    .filter((claim) => own.has(claim) && !sharedClaims.has(claim));
}
