/** A pod (core/v1) as far as it says what becomes of it when its node dies. */
import { type Fields, fieldsAt, isFields, listAt, textAt } from "@nodekeeper/shared";
import type { NodeTaint } from "../../state/cluster/cluster-node.ts";
import { type NodeTerm, requiredTerms } from "./node-terms.ts";

/** A pod that is bound to a node. */
export interface Pod {
  readonly namespace: string;
  readonly name: string;
  readonly node: string;
  /** Who makes it again; undefined: nobody. */
  readonly owner: Owner | undefined;
  /** It ended, well or not. */
  readonly isFinished: boolean;
  /** The kubelet made it from a file: it is part of its node. */
  readonly isStatic: boolean;
  readonly isReady: boolean;
  readonly nodeSelector: Readonly<Record<string, string>>;
  /** Required affinity to nodes; undefined: none. */
  readonly terms: readonly NodeTerm[] | undefined;
  readonly tolerations: readonly Toleration[];
  /** Names of claims in its namespace. */
  readonly claims: readonly string[];
  /** Folders of the node that it uses without a claim. */
  readonly hostFolders: readonly string[];
  /** Where it may run depends on where other pods do (required affinity to pods, or against them). */
  readonly hasRulesAboutPods: boolean;
}

/** Who made the pod, as people know it: of a ReplicaSet its Deployment, where the pod says so. */
export interface Owner {
  readonly kind: string;
  readonly name: string;
  /** e.g. longhorn.io/v1beta2 */
  readonly apiVersion: string;
}

/** A toleration; an empty key tolerates every key, an empty effect every effect. */
export interface Toleration {
  readonly key: string;
  readonly operator: string;
  readonly value: string;
  readonly effect: string;
  /** How long NoExecute is borne; undefined: for ever. */
  readonly seconds: number | undefined;
}

/** Reads a pod. */
export function podOf(object: Fields): Pod {
  const metadata = fieldsAt(object, "metadata");
  const spec = fieldsAt(object, "spec");
  const status = fieldsAt(object, "status");
  const affinity = fieldsAt(spec, "affinity");
  const phase = textAt(status, "phase");
  const name = textAt(metadata, "name") ?? "";
  const volumes = listAt(spec, "volumes");
  const required = "requiredDuringSchedulingIgnoredDuringExecution";
  return {
    namespace: textAt(metadata, "namespace") ?? "",
    name,
    node: textAt(spec, "nodeName") ?? "",
    owner: ownerOf(metadata),
    isFinished: phase === "Succeeded" || phase === "Failed",
    isStatic: textAt(fieldsAt(metadata, "annotations"), "kubernetes.io/config.mirror") !== undefined,
    isReady: listAt(status, "conditions").some((one) => one["type"] === "Ready" && one["status"] === "True"),
    nodeSelector: textsOf(fieldsAt(spec, "nodeSelector")),
    terms: requiredTerms(fieldsAt(affinity, "nodeAffinity"), required),
    tolerations: listAt(spec, "tolerations").map(tolerationOf),
    claims: volumes.flatMap((volume) => claimOf(volume, name) ?? []),
    hostFolders: volumes.flatMap((volume) => textAt(fieldsAt(volume, "hostPath"), "path") ?? []),
    hasRulesAboutPods: ["podAffinity", "podAntiAffinity"].some((kind) => listAt(fieldsAt(affinity, kind), required).length > 0),
  };
}

/** Whether it bears a taint. */
export function tolerates({ tolerations }: Pick<Pod, "tolerations">, taint: NodeTaint): boolean {
  return tolerations.some((one) => bears(one, taint));
}

/** How long it stays bound to a node that fell silent, before it is taken away; undefined: for ever. */
export function silenceBorneSeconds({ tolerations }: Pick<Pod, "tolerations">): number | undefined {
  const unreachable = { key: "node.kubernetes.io/unreachable", value: "", effect: "NoExecute" };
  const bearing = tolerations.filter((one) => bears(one, unreachable));
  if (bearing.length === 0) return 0;
  const times = bearing.flatMap(({ seconds }) => seconds ?? []);
  return times.length === 0 ? undefined : Math.min(...times); // as the eviction by taints counts: the shortest
}

function bears({ key, operator, value, effect }: Toleration, taint: NodeTaint): boolean {
  if (effect !== "" && effect !== taint.effect) return false;
  if (key === "") return operator === "Exists";
  return key === taint.key && (operator === "Exists" || value === taint.value);
}

function ownerOf(metadata: Fields): Owner | undefined {
  const owner = listAt(metadata, "ownerReferences").find((one) => one["controller"] === true);
  if (owner === undefined) return undefined;
  const kind = textAt(owner, "kind") ?? "";
  const name = textAt(owner, "name") ?? "";
  const apiVersion = textAt(owner, "apiVersion") ?? "";
  const hash = textAt(fieldsAt(metadata, "labels"), "pod-template-hash");
  // Only a Deployment's ReplicaSet ends in the hash that its pods bear as this label.
  if (kind === "ReplicaSet" && hash !== undefined && name.endsWith(`-${hash}`))
    return { kind: "Deployment", name: name.slice(0, -hash.length - 1), apiVersion };
  return { kind, name, apiVersion };
}

function claimOf(volume: Fields, pod: string): string | undefined {
  const named = textAt(fieldsAt(volume, "persistentVolumeClaim"), "claimName");
  // A generic ephemeral volume makes a claim of its own, by this name.
  return named ?? (isFields(volume["ephemeral"]) ? `${pod}-${textAt(volume, "name") ?? ""}` : undefined);
}

function tolerationOf(toleration: Fields): Toleration {
  const seconds = toleration["tolerationSeconds"];
  return {
    key: textAt(toleration, "key") ?? "",
    operator: textAt(toleration, "operator") ?? "Equal",
    value: textAt(toleration, "value") ?? "",
    effect: textAt(toleration, "effect") ?? "",
    seconds: typeof seconds === "number" ? Math.max(0, seconds) : undefined,
  };
}

function textsOf(fields: Fields): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(fields).filter((entry): entry is [string, string] => typeof entry[1] === "string"));
}
