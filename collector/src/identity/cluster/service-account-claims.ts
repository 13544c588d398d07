/** What a ServiceAccount token of a pod says, and whether it is one of our agents'. Pure; the signature was verified before. */
import { AppError, isNodeName } from "@nodekeeper/shared";
import type { ObjectName } from "../../clients/kubernetes/text-object.ts";

/** An agent's pod, by its token. */
export interface AgentPod {
  readonly node: string;
  readonly pod: string;
  readonly expiresAtMs: number;
}

/** Reads the claims. Throws IDENTITY_REFUSED in words for a log; `known` are facts for it. */
export function agentPodOf(
  claims: Readonly<Record<string, unknown>>,
  account: ObjectName,
  known: Readonly<Record<string, unknown>> = {},
): AgentPod {
  const own = objectAt(claims, "kubernetes.io");
  const namespace = textAt(own, "namespace");
  const name = textAt(objectAt(own, "serviceaccount"), "name");
  const pod = textAt(objectAt(own, "pod"), "name");
  const node = textAt(objectAt(own, "node"), "name");
  const { sub, exp } = claims;
  const context = { ...known, ...(node === undefined ? {} : { node }), ...(pod === undefined ? {} : { pod }) };
  const refused = (why: string): AppError => new AppError("IDENTITY_REFUSED", why, { context });

  if (namespace !== account.namespace || name !== account.name || sub !== `system:serviceaccount:${namespace}:${name}`)
    throw refused(
      `the token is of the ServiceAccount ${shown(namespace)}/${shown(name)}, and agents are ${account.namespace}/${account.name}`,
    );
  if (pod === undefined)
    throw refused("the token is bound to no pod, as one of kubectl create token is: agents have theirs from a projected volume");
  if (node === undefined)
    throw refused(
      `the token of the pod ${pod} names no node: Kubernetes puts it in from version 1.30 on, and this cluster is older`,
    );
  if (!isNodeName(node)) throw refused("the token names a node by what is no node's name");
  if (typeof exp !== "number") throw refused("the token has no end");
  return { node, pod, expiresAtMs: exp * 1000 };
}

function objectAt(claims: Readonly<Record<string, unknown>>, name: string): Readonly<Record<string, unknown>> {
  const value = claims[name];
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {}; // JSON
}

function textAt(claims: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = claims[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

function shown(text: string | undefined): string {
  return text?.slice(0, 253) ?? "(none)";
}
