/**
 * Which disks and tags a new node of Longhorn begins with: the default disk, or what label and annotations of the Kubernetes Node say, all of it or
 * nothing (controller/kubernetes_node_controller.go and types/types.go of longhorn-manager).
 */
import type { KubernetesObject } from "../kubernetes/cluster-api.ts";
import type { HostFolder } from "./host-folders.ts";
import type { DiskSpec, Disks, LonghornNode, NodeSpec } from "./longhorn-objects.ts";
import type { Settings } from "./longhorn-settings.ts";
import { problemOfTag } from "./node-rules.ts";

/** What is asked for them. */
export interface DefaultsScene {
  readonly settings: Settings;
  /** Of 1.7 it is 7: since 1.8 also disks of the annotation reserve their share. */
  readonly minor: number;
  folderAt(path: string): HostFolder | undefined;
}

/** A node as it is made for a Kubernetes Node. */
export function newLonghornNode(name: string, scene: DefaultsScene): object {
  const isWaitingForLabel = scene.settings.get(byLabelSetting) === "true";
  const disks = isWaitingForLabel ? undefined : defaultDisk(scene);
  const spec = { name, allowScheduling: true, evictionRequested: false, tags: [], instanceManagerCPURequest: 0 };
  return { apiVersion: "longhorn.io/v1beta2", kind: "Node", metadata: { name }, spec: { ...spec, disks: disks ?? {} } };
}

/** What its Kubernetes Node makes of one that has no disks or no tags; undefined: nothing. */
export function specByNode(
  { spec = {} }: LonghornNode,
  kubernetes: KubernetesObject,
  scene: DefaultsScene,
): NodeSpec | undefined {
  const disks = Object.keys(spec.disks ?? {}).length > 0 ? undefined : disksByLabel(kubernetes, scene);
  const tags = (spec.tags ?? []).length > 0 ? undefined : tagsByAnnotation(kubernetes);
  if (disks === undefined && tags === undefined) return undefined;
  return { ...spec, ...(disks === undefined ? {} : { disks }), ...(tags === undefined ? {} : { tags }) };
}

const byLabelSetting = "create-default-disk-labeled-nodes";
const reservedSetting = "storage-reserved-percentage-for-default-disk";

function disksByLabel({ metadata }: KubernetesObject, scene: DefaultsScene): Disks | undefined {
  if (scene.settings.get(byLabelSetting) !== "true") return undefined;
  const label = metadata.labels?.["node.longhorn.io/create-default-disk"]?.toLowerCase();
  if (label === "true") return defaultDisk(scene);
  const annotation = metadata.annotations?.["node.longhorn.io/default-disks-config"];
  return label === "config" && annotation !== undefined ? disksByAnnotation(annotation, scene) : undefined;
}

function defaultDisk(scene: DefaultsScene): Disks | undefined {
  const path = scene.settings.get("default-data-path") ?? "";
  const folder = scene.folderAt(path);
  if (folder === undefined) return undefined;
  const storageReserved = reservedOf(folder, scene);
  const disk = {
    path,
    diskType: "filesystem",
    diskDriver: "",
    allowScheduling: true,
    evictionRequested: false,
    storageReserved,
    tags: [],
  };
  return { [`default-disk-${folder.fsid}`]: disk };
}

/** Undefined where one of them is wrong, or there is none. */
function disksByAnnotation(annotation: string, scene: DefaultsScene): Disks | undefined {
  const wanted = parsedList(annotation) as readonly (DiskSpec & { readonly name?: string })[] | undefined; // as people wrote it; each field is looked at
  const disks: Record<string, DiskSpec> = {};
  const fsids = new Set<string>();
  for (const { name, ...disk } of wanted ?? []) {
    const folder = scene.folderAt(disk.path ?? "");
    if (folder === undefined || fsids.has(folder.fsid)) return undefined;
    fsids.add(folder.fsid);
    const key = name || `default-disk-${folder.fsid}`;
    const storageReserved = disk.storageReserved || (scene.minor >= 8 ? reservedOf(folder, scene) : 0);
    const tags = validTags(disk.tags ?? []);
    if (Object.hasOwn(disks, key) || tags === undefined) return undefined;
    if (storageReserved < 0 || storageReserved > folder.maximumBytes) return undefined;
    const given = { allowScheduling: disk.allowScheduling ?? false, evictionRequested: disk.evictionRequested ?? false };
    disks[key] = { diskType: "", diskDriver: "", ...disk, ...given, storageReserved, tags };
  }
  return Object.keys(disks).length === 0 ? undefined : disks;
}

function tagsByAnnotation({ metadata }: KubernetesObject): readonly string[] | undefined {
  const annotation = metadata.annotations?.["node.longhorn.io/default-node-tags"];
  const tags = annotation === undefined ? undefined : parsedList(annotation);
  const valid = tags === undefined ? undefined : validTags(tags.map(String));
  return valid === undefined || valid.length === 0 ? undefined : valid;
}

function reservedOf({ maximumBytes }: HostFolder, { settings }: DefaultsScene): number {
  return Math.floor((maximumBytes * Number(settings.get(reservedSetting) ?? 0)) / 100);
}

function validTags(tags: readonly string[]): readonly string[] | undefined {
  return tags.some((tag) => problemOfTag(tag) !== undefined) ? undefined : [...new Set(tags)].sort();
}

function parsedList(text: string): readonly unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined; // e.g. [fast,storage]: nothing is done
  }
}
