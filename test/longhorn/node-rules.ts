/**
 * What Longhorn's webhook lets nobody write on a node, and what it changes of what is written: rule for rule and word for word what
 * webhook/resources/node of longhorn-manager does. Not here: instanceManagerCPURequest against the processors of the machine.
 */
import { normalize } from "node:path";
import type { KubernetesObject } from "../kubernetes/cluster-api.ts";
import type { DiskSpec, LonghornNode } from "./longhorn-objects.ts";

/** Why not. */
export interface Refusal {
  readonly code: 403 | 422;
  readonly message: string;
}

/** What the webhook knows besides the object. */
export interface RuleScene {
  /** Of 1.7 it is 7. */
  readonly minor: number;
  readonly isV2EngineOn: boolean;
}

/** A step of a JSON Patch. */
export interface PatchStep {
  readonly op: "replace";
  readonly path: string;
  readonly value: unknown;
}

/** A new node. Tags are not looked at. */
export function refusalOfCreate({ metadata, spec = {} }: LonghornNode, scene: RuleScene): Refusal | undefined {
  if ((spec.instanceManagerCPURequest ?? 0) < 0) return invalid(negativeRequest);
  const disks = Object.entries(spec.disks ?? {});
  for (const [name, disk] of disks) {
    if (disk.diskType === "block" && !scene.isV2EngineOn)
      return invalid(`disk ${name} type block is not supported since v2 data engine is disabled`);
    const refusal = refusalOfFields(name, disk, scene);
    if (refusal !== undefined) return refusal;
  }
  return refusalOfPaths(metadata.name, disks, scene);
}

/** A change. The first rule that is broken tells; what was there before counts for the third. */
export function refusalOfUpdate(before: LonghornNode, after: LonghornNode, scene: RuleScene): Refusal | undefined {
  if (isGivenUp(before, after)) return undefined;
  const { name } = before.metadata;
  const spec = after.spec ?? {};
  const disks = Object.entries(spec.disks ?? {});
  if ((spec.instanceManagerCPURequest ?? 0) < 0) return invalid(negativeRequest);
  if (spec.evictionRequested === true && spec.allowScheduling === true)
    return invalid(
      `need to disable scheduling on node ${name} for node eviction, or cancel eviction to enable scheduling on this node`,
    );
  if (!isSynced(before)) return syncing(name);
  return (
    refusalOfTags(spec.tags) ??
    (scene.minor >= 10 && (spec.name ?? "") === ""
      ? invalid("node name is invalid. You can't have a Spec.Name empty")
      : undefined) ??
    firstOf(disks, ([disk, { evictionRequested, allowScheduling }]) =>
      evictionRequested === true && allowScheduling === true
        ? invalid(
            `need to disable scheduling on disk ${disk} for disk eviction, or cancel eviction to enable scheduling on this disk`,
          )
        : undefined,
    ) ??
    firstOf(disks, ([disk, fields]) => refusalOfDisk(name, disk, fields, scene)) ??
    refusalOfPaths(name, disks, scene) ??
    refusalOfRemoval(before, after, scene) ??
    refusalOfType(before, after)
  );
}

/** Since 1.10: a node that works, may be scheduled upon or holds replicas stays. */
export function refusalOfDelete(node: LonghornNode, replicaCount: number): Refusal | undefined {
  if (node.metadata.annotations?.["longhorn.io/delete-node-from-longhorn"] !== undefined) return undefined;
  const ready = node.status?.conditions?.find(({ type }) => type === "Ready");
  const isAway = ready?.reason === "KubernetesNodeGone" || ready?.reason === "ManagerPodMissing";
  const allowScheduling = node.spec?.allowScheduling === true;
  if (ready?.status !== "True" && isAway && !allowScheduling && replicaCount === 0) return undefined;
  return invalid(
    `could not delete node ${node.metadata.name} with node ready condition is ${ready?.status ?? "Unknown"}, reason is ${ready?.reason ?? ""}, ` +
      `node schedulable ${allowScheduling}, and ${replicaCount} replica, 0 engine running on it`,
  );
}

/** The 403 that anybody gets while the manager has not yet looked at the disks. */
export function syncing(node: string): Refusal {
  return {
    code: 403,
    message: `spec and status of disks on node ${node} are being syncing and please retry later.`,
  };
}

/** What becomes of what is written. Names of disks stand in the paths as they are: with a slash or a tilde in one they lead nowhere. */
export function changesOf({ metadata, spec = {} }: LonghornNode): readonly PatchStep[] {
  const steps: PatchStep[] = [...tagSteps("/spec/tags", spec.tags)];
  if (spec.disks === undefined || spec.disks === null) steps.push({ op: "replace", path: "/spec/disks", value: {} });
  for (const [name, disk] of Object.entries(spec.disks ?? {})) {
    steps.push(...tagSteps(`/spec/disks/${name}/tags`, disk.tags));
    if ((disk.diskType ?? "") === "") steps.push({ op: "replace", path: `/spec/disks/${name}/diskType`, value: "filesystem" });
    else if (disk.diskType === "block" && (disk.diskDriver ?? "") === "")
      steps.push({ op: "replace", path: `/spec/disks/${name}/diskDriver`, value: "auto" });
  }
  if (metadata["deletionTimestamp"] === undefined) {
    const finalizers = finalizersOf({ metadata });
    const value = finalizers.includes(finalizer) ? finalizers : [...finalizers, finalizer];
    steps.push({ op: "replace", path: "/metadata/finalizers", value });
  }
  return steps;
}

/** What holds a node until the manager has let it go. */
export const finalizer = "longhorn.io";

/** Those of an object. */
export function finalizersOf({ metadata }: Pick<KubernetesObject, "metadata">): readonly string[] {
  return (metadata["finalizers"] ?? []) as readonly string[]; // ObjectMeta
}

const negativeRequest = "instanceManagerCPURequest should be greater than or equal to 0";

function invalid(message: string): Refusal {
  return { code: 422, message };
}

function firstOf<Each>(all: readonly Each[], refusalOf: (each: Each) => Refusal | undefined): Refusal | undefined {
  for (const each of all) {
    const refusal = refusalOf(each);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

function isGivenUp(before: LonghornNode, after: LonghornNode): boolean {
  const isDeleting = after.metadata["deletionTimestamp"] !== undefined;
  return isDeleting && finalizersOf(before).includes(finalizer) && !finalizersOf(after).includes(finalizer);
}

function isSynced({ spec, status }: LonghornNode): boolean {
  const wanted = Object.keys(spec?.disks ?? {});
  const found = status?.diskStatus ?? {};
  return wanted.length === Object.keys(found).length && wanted.every((name) => Object.hasOwn(found, name));
}

function refusalOfDisk(node: string, name: string, disk: DiskSpec, scene: RuleScene): Refusal | undefined {
  const shown = `${name}(${disk.path ?? ""})`;
  if ((disk.storageReserved ?? 0) < 0)
    return invalid(
      `update disk on node ${node} error: The storageReserved setting of disk ${shown} is not valid, should be positive and no more than storageMaximum and storageAvailable`,
    );
  const refusal = refusalOfTags(disk.tags);
  if (refusal !== undefined) return refusal;
  if (disk.diskType === "block" && !scene.isV2EngineOn)
    return invalid(`update disk on node ${node} error: The disk ${shown} is a block device, but the SPDK feature is not enabled`);
  return refusalOfFields(name, disk, scene);
}

function refusalOfFields(name: string, disk: DiskSpec, { minor }: RuleScene): Refusal | undefined {
  const type = disk.diskType ?? "";
  if (type === "block")
    return minor < 8 && (disk.storageReserved ?? 0) !== 0
      ? invalid(`disk ${name} type ${type} is not supported to reserve storage`)
      : undefined;
  return (disk.diskDriver ?? "") === ""
    ? undefined
    : invalid(`disk ${name} type ${type} is not supported to specify disk driver`);
}

function refusalOfPaths(
  node: string,
  disks: readonly (readonly [string, DiskSpec])[],
  { minor }: RuleScene,
): Refusal | undefined {
  if (minor < 12) return undefined;
  const byPath = new Map<string, string>();
  const duplicates: string[] = [];
  for (const [name, disk] of disks) {
    const path = cleanPath(disk.path ?? "");
    const other = byPath.get(path);
    if (other === undefined) byPath.set(path, name);
    else duplicates.push(`${path} (disks ${other} and ${name})`);
  }
  return duplicates.length === 0 ? undefined : invalid(`duplicate disk paths on node ${node}: [${duplicates.join(" ")}]`);
}

function refusalOfRemoval(before: LonghornNode, after: LonghornNode, { minor }: RuleScene): Refusal | undefined {
  const kept = after.spec?.disks ?? {};
  const things = minor >= 9 ? "replicas and backing images" : "replicas";
  return firstOf(Object.entries(before.spec?.disks ?? {}), ([name, disk]) => {
    const isUsed = disk.allowScheduling === true || (before.status?.diskStatus?.[name]?.storageScheduled ?? 0) !== 0;
    return Object.hasOwn(kept, name) || !isUsed
      ? undefined
      : invalid(`Delete Disk on node ${name} error: Please disable the disk ${disk.path ?? ""} and remove all ${things} first `);
  });
}

function refusalOfType(before: LonghornNode, after: LonghornNode): Refusal | undefined {
  return firstOf(Object.entries(before.spec?.disks ?? {}), ([name, disk]) => {
    const now = after.spec?.disks?.[name];
    const type = disk.diskType ?? "";
    return now === undefined || type === "" || type === now.diskType
      ? undefined
      : invalid(
          `update disk on node ${before.metadata.name} error: The disk ${name}(${disk.path ?? ""}) type is not allow to change`,
        );
  });
}

function refusalOfTags(tags: readonly string[] | null | undefined): Refusal | undefined {
  return firstOf(tags ?? [], (tag) => {
    const problem = problemOfTag(tag);
    return problem === undefined ? undefined : invalid(`at least one error encountered while validating tags: ${problem}`);
  });
}

const namePattern = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const nameRule =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const nameExamples = `(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${namePattern}')`;
const prefixPattern = "[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*";

/** The first thing that Kubernetes' IsQualifiedName finds wrong. */
export function problemOfTag(tag: string): string | undefined {
  const parts = tag.split("/");
  const [name = "", prefix] = parts.toReversed();
  if (parts.length > 2)
    return `a qualified name ${nameRule} ${nameExamples} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`;
  if (prefix === "") return "prefix part must be non-empty";
  if (prefix !== undefined && prefix.length > 253) return "prefix part must be no more than 253 characters";
  if (prefix !== undefined && !new RegExp(`^${prefixPattern}$`).test(prefix))
    return (
      "prefix part a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with " +
      `an alphanumeric character (e.g. 'example.com', regex used for validation is '${prefixPattern}')`
    );
  if (name === "") return "name part must be non-empty";
  if (name.length > 63) return "name part must be no more than 63 characters";
  return new RegExp(`^${namePattern}$`).test(name) ? undefined : `name part ${nameRule} ${nameExamples}`;
}

function tagSteps(path: string, tags: readonly string[] | null | undefined): readonly PatchStep[] {
  if (tags === undefined || tags === null) return [{ op: "replace", path, value: [] }];
  return tags.length === 0 ? [] : [{ op: "replace", path, value: sortedOnce(tags) }];
}

/** As Go sorts: by bytes. */
function sortedOnce(tags: readonly string[]): readonly string[] {
  return [...new Set(tags)].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

/** As Go's filepath.Clean. */
function cleanPath(path: string): string {
  const clean = normalize(path);
  return clean.length > 1 ? clean.replace(/\/$/, "") : clean;
}
