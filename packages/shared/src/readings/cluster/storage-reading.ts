/** What is said of Longhorn's node of a machine, disk by disk: its tags, whether it takes new replicas, and which of the machine's disks stand behind it. */
import type { SubjectBody } from "../../api/node.ts";
import type { Explanation } from "../../api/reconcile.ts";
import { booleanField, numberField, textField, textsField } from "../fields.ts";
import { deviceName, presentSubjects } from "../subjects.ts";

/** All of it. */
export interface StorageReading {
  readonly disks: readonly StorageDisk[];
  /** Tags of the node itself. */
  readonly nodeTags: readonly StorageTag[];
  /** Why nothing can be told of the node as a whole; undefined: it can. */
  readonly hold: Explanation | undefined;
  /** Folders of Longhorn's that the agent found, and that no disk above is known to lie in. */
  readonly folders: readonly StorageFolder[];
}

/** One of Longhorn's disks. */
export interface StorageDisk {
  /** As Longhorn calls it, e.g. default-disk-9b69791540b0aa9c. */
  readonly name: string;
  readonly tags: readonly StorageTag[];
  readonly scheduling: Explanation | undefined;
  readonly eviction: Explanation | undefined;
  /** Undefined: the agent did not say which it is. */
  readonly folder: StorageFolder | undefined;
}

/** A tag that is there, or is to be. */
export interface StorageTag {
  readonly tag: string;
  readonly explanation: Explanation;
}

/** A folder that Longhorn keeps replicas in, with what stands behind it. */
export interface StorageFolder {
  readonly path: string;
  readonly mountPoint: string;
  /** Of its filesystem; undefined where it is not known. */
  readonly sizeBytes: number | undefined;
  /** Disks of the machine: "nvme0n1 (Samsung SSD 980 PRO 1TB)". */
  readonly behind: readonly string[];
  readonly isMountPoint: boolean;
}

/** Name of the reconciler whose explanations these are. */
export const storageReconciler = "longhorn-disks";

/** Reads it; undefined where nothing is said of Longhorn, nor found of it on the machine. */
export function storageReading(
  explanations: readonly Explanation[],
  subjects: readonly SubjectBody[],
): StorageReading | undefined {
  const ours = explanations.filter(({ reconciler }) => reconciler === storageReconciler);
  const folders = presentSubjects(subjects, "longhorn_disk").map((subject) => folderOf(subject, subjects));
  if (ours.length + folders.length === 0) return undefined;
  const names = [...new Set(ours.flatMap(({ item }) => diskOf(item)?.name ?? []))].sort();
  const disks = names.map((name): StorageDisk => {
    const own = ours.filter(({ item }) => diskOf(item)?.name === name);
    return {
      ...{ name, tags: tagsOf(own, (item) => tagIn(diskOf(item)?.rest ?? "")) },
      scheduling: own.find(({ item }) => diskOf(item)?.rest === "allowScheduling"),
      eviction: own.find(({ item }) => diskOf(item)?.rest === "evictionRequested"),
      folder: folderIn(own, folders, subjects),
    };
  });
  return {
    disks,
    nodeTags: tagsOf(ours, tagIn),
    hold: ours.find(({ item }) => item === ""),
    folders: folders.filter((folder) => !disks.some((disk) => disk.folder === folder)),
  };
}

/** Whether Longhorn puts new replicas there, and what becomes of that: "takes new replicas", "takes new replicas → takes none". */
export function schedulingText({ scheduling }: StorageDisk): string {
  if (scheduling === undefined) return "not known";
  const { live, wanted, value } = scheduling;
  const now = live === undefined ? "not known" : inWords(live);
  if (wanted !== "value" || value === live) return now;
  return `${now} → ${value === "true" ? "takes them" : "takes none"}`;
}

function inWords(live: string): string {
  return live === "true" ? "takes new replicas" : "takes no new replicas";
}

/** disks/NAME/REST; a slash of the name is %2F there. */
function diskOf(item: string): { readonly name: string; readonly rest: string } | undefined {
  const [, name = "", rest = ""] = /^disks\/([^/]+)\/(.+)$/.exec(item) ?? [];
  return name === "" ? undefined : { name: name.replaceAll("%2F", "/").replaceAll("%25", "%"), rest };
}

function tagIn(text: string): string | undefined {
  return /^tags\/(.+)$/.exec(text)?.[1];
}

function tagsOf(explanations: readonly Explanation[], tagOf: (item: string) => string | undefined): readonly StorageTag[] {
  return explanations.flatMap((explanation) => {
    const tag = tagOf(explanation.item);
    return tag === undefined ? [] : [{ tag, explanation }];
  });
}

function folderOf(subject: SubjectBody, subjects: readonly SubjectBody[]): StorageFolder {
  const mountPoint = textField(subject, "mountPoint");
  const filesystem = presentSubjects(subjects, "filesystem").find(({ id }) => id === mountPoint);
  const ids = textsField(subject, "physicalBlockDeviceIds");
  return {
    path: subject.id,
    mountPoint,
    sizeBytes: filesystem && numberField(filesystem, "sizeBytes"),
    behind: ids.map((id) => deviceText(id, subjects)),
    isMountPoint: booleanField(subject, "isMountPoint") === true,
  };
}

/** By what was read for the decisions: the folder as the agent found it, or as Longhorn calls it with the disks that it was matched with. */
function folderIn(
  explanations: readonly Explanation[],
  folders: readonly StorageFolder[],
  subjects: readonly SubjectBody[],
): StorageFolder | undefined {
  const facts = explanations.flatMap((each) => each.facts);
  const path = facts.find((fact) => fact.path.startsWith("longhorn.disks.") && fact.path.endsWith(".path"))?.value;
  if (path === undefined) return undefined;
  const found = folders.find((folder) => isSamePath(path, folder.path));
  if (found !== undefined) return found;
  const ids = new Set(facts.filter((fact) => fact.path === "disk").map(({ value }) => value));
  const behind = [...ids].map((id) => deviceText(id, subjects));
  return { path, mountPoint: "", sizeBytes: undefined, behind, isMountPoint: false };
}

function deviceText(id: string, subjects: readonly SubjectBody[]): string {
  const device = presentSubjects(subjects, "block_device").find((each) => each.id === id);
  const model = device === undefined ? "" : textField(device, "model");
  const name = deviceName(subjects, id);
  return model === "" ? name : `${name} (${model})`;
}

function isSamePath(a: string, b: string): boolean {
  return a !== "" && a.replace(/\/+$/, "") === b.replace(/\/+$/, "");
}
