/** What is tried on a node of Longhorn as the collector's account: what its fence lets through, and what it refuses with which words. */
import { domain, json, merge } from "../kubernetes/node-attempts.ts";

/** One request. */
export interface Attempt {
  readonly name: string;
  readonly patch: object;
  readonly type: string;
}

/** What is refused. */
export interface Refusal extends Attempt {
  /** Part of the message. */
  readonly says: string;
}

/** As Longhorn and people left it, with what we wrote before: one disk that is used, one that is not. */
export const otter: { readonly metadata: object; readonly spec: object } = {
  metadata: {
    finalizers: ["longhorn.io"],
    annotations: { "example.com/theirs": "1", [`${domain}/owned`]: "{}" },
    labels: { "example.com/rack": "3" },
  },
  spec: {
    ...{ name: "otter", allowScheduling: true, evictionRequested: false, instanceManagerCPURequest: 0, tags: ["core"] },
    disks: {
      used: disk("/var/lib/longhorn/", { tags: ["mine", "nvme"] }),
      idle: disk("/mnt/idle", { allowScheduling: false }),
    },
  },
};

/** Each is let through. */
export const allowed: readonly Attempt[] = [
  {
    name: "tags of a disk and of the node, with the ledger, in one write",
    type: json,
    patch: [
      { op: "test", path: "/spec/disks/used/path", value: "/var/lib/longhorn/" },
      { op: "test", path: "/spec/disks/used/tags", value: ["mine", "nvme"] },
      { op: "replace", path: "/spec/disks/used/tags", value: ["fast", "mine", "nvme"] },
      { op: "replace", path: "/spec/tags", value: ["core", "edge"] },
      { op: "add", path: `/metadata/annotations/${domain}~1owned`, value: "{1}" },
    ],
  },
  { name: "all tags go", type: json, patch: [set("/spec/disks/used/tags", []), set("/spec/tags", [])] },
  { name: "a disk is not filled any more", type: json, patch: [set("/spec/disks/used/allowScheduling", false)] },
  { name: "a disk is filled again", type: json, patch: [set("/spec/disks/idle/allowScheduling", true)] },
  {
    name: "a disk is emptied, and not filled any more",
    type: json,
    patch: [set("/spec/disks/used/allowScheduling", false), set("/spec/disks/used/evictionRequested", true)],
  },
  { name: "a disk that is not filled is emptied", type: json, patch: [set("/spec/disks/idle/evictionRequested", true)] },
  { name: "an annotation of ours goes", type: merge, patch: { metadata: { annotations: { [`${domain}/owned`]: null } } } },
];

/** Each is refused. */
export const refused: readonly Refusal[] = [
  {
    name: "a disk comes",
    type: merge,
    patch: { spec: { disks: { more: disk("/mnt/more") } } },
    says: "neither give Longhorn a disk nor take one away: more; do it in Longhorn",
  },
  { name: "a disk goes", type: json, patch: [{ op: "remove", path: "/spec/disks/idle" }], says: "take one away: idle" },
  { name: "all disks go", type: json, patch: [{ op: "remove", path: "/spec/disks" }], says: "take one away: " },
  {
    name: "a misspelt disk gets tags",
    type: merge,
    patch: { spec: { disks: { usde: { tags: ["nvme"] } } } },
    says: "neither give Longhorn a disk nor take one away: usde",
  },
  {
    name: "a disk is another folder",
    type: json,
    patch: [set("/spec/disks/used/path", "/mnt/other")],
    says: "only tags, allowScheduling and evictionRequested: used; change the rest in Longhorn",
  },
  {
    name: "more of a disk is reserved, behind a tag",
    type: json,
    patch: [set("/spec/disks/used/storageReserved", 7), set("/spec/disks/used/tags", ["x"])],
    says: "evictionRequested: used",
  },
  { name: "less is", type: json, patch: [{ op: "remove", path: "/spec/disks/used/storageReserved" }], says: ": used" },
  { name: "a disk is of another type", type: json, patch: [set("/spec/disks/idle/diskType", "block")], says: ": idle" },
  {
    name: "a disk is emptied and filled at once",
    type: json,
    patch: [set("/spec/disks/used/evictionRequested", true)],
    says: "only where nothing new is placed on it (allowScheduling: false): used",
  },
  {
    name: "the node is not filled any more",
    type: merge,
    patch: { spec: { allowScheduling: false } },
    says: "nothing of a node of Longhorn but its tags and its disks",
  },
  {
    name: "the node is emptied",
    type: merge,
    patch: { spec: { allowScheduling: false, evictionRequested: true } },
    says: "nothing of a node of Longhorn",
  },
  {
    name: "its share of processors",
    type: merge,
    patch: { spec: { instanceManagerCPURequest: 500 } },
    says: "nothing of a node",
  },
  { name: "its name", type: json, patch: [{ op: "remove", path: "/spec/name" }], says: "nothing of a node of Longhorn" },
  {
    name: "a foreign annotation comes",
    type: merge,
    patch: { metadata: { annotations: { "example.com/x": "1" } } },
    says: `only annotations of ${domain} (and paused of nobody), not example.com/x; a domain is added in`,
  },
  {
    name: "a foreign annotation goes",
    type: merge,
    patch: { metadata: { annotations: { "example.com/theirs": null } } },
    says: "not example.com/theirs",
  },
  {
    name: "it ends a pause itself",
    type: merge,
    patch: { metadata: { annotations: { [`${domain}/paused`]: "false" } } },
    says: `not ${domain}/paused`,
  },
  {
    name: "a label",
    type: merge,
    patch: { metadata: { labels: { [`${domain}/x`]: "1" } } },
    says: "no metadata of a node of Longhorn",
  },
  {
    name: "a finalizer comes",
    type: merge,
    patch: { metadata: { finalizers: ["longhorn.io", "example.com/x"] } },
    says: "no metadata",
  },
  { name: "Longhorn's finalizer goes", type: merge, patch: { metadata: { finalizers: ["example.com/x"] } }, says: "no metadata" },
  {
    name: "an owner comes",
    type: merge,
    patch: { metadata: { ownerReferences: [{ apiVersion: "v1", kind: "Node", name: "otter", uid: "0" }] } },
    says: "no metadata",
  },
];

function disk(path: string, more: object = {}): object {
  return {
    ...{ path, diskType: "filesystem", diskDriver: "", allowScheduling: true, evictionRequested: false },
    ...{ storageReserved: 1024, tags: [], ...more },
  };
}

function set(path: string, value: unknown): object {
  return { op: "replace", path, value };
}
