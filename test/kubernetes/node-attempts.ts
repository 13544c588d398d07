/** What is tried on a Node as the collector's account: what the fence lets through, and what it refuses with which words. */

/** One request: JSON patches for lists, else what is merged. */
export interface Attempt {
  readonly name: string;
  readonly patch: object;
  readonly type?: string;
  /** "/status" where it goes there. */
  readonly at?: string;
}

/** What is refused. */
export interface Refusal extends Attempt {
  /** Part of the message. */
  readonly says: string;
}

/** What a test begins with. */
interface NodeFields {
  readonly metadata: object;
  readonly spec: { readonly taints: readonly object[] };
}

/** A condition, as a Node has it. */
interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly lastHeartbeatTime: string;
}

/** The policy's own. */
export const domain = "nodekeeper.axiomlayer.com";
/** Content types of patches; what follows a question mark is the query. */
export const merge = "application/merge-patch+json";
export const strategic = "application/strategic-merge-patch+json";
export const json = "application/json-patch+json";
export const apply = "application/apply-patch+yaml";

/** As kubelet, administrators and other controllers left it, with what we wrote before. */
export const otter: NodeFields = {
  metadata: {
    labels: { "kubernetes.io/hostname": "otter", rack: "3", [`${domain}/storage-class`]: "nvme" },
    annotations: { "volumes.kubernetes.io/controller-managed-attach-detach": "true", [`${domain}/owned`]: "{}" },
    finalizers: ["example.com/theirs"],
  },
  spec: {
    taints: [
      { key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" },
      { key: `${domain}/onboarding`, effect: "NoSchedule" },
      { key: "example.com/theirs", value: "1", effect: "PreferNoSchedule" },
    ],
  },
};
const heartbeat = "2026-11-23T08:00:00Z";
const ready: Condition = { type: "Ready", status: "True", reason: "KubeletReady", message: "", lastHeartbeatTime: heartbeat };
/** A condition of ours. */
export const ourCondition: Condition = {
  type: "DiskHealthy",
  status: "True",
  reason: "AllHealthy",
  message: "",
  lastHeartbeatTime: heartbeat,
};
export const otterStatus: object = {
  capacity: { cpu: "4" },
  addresses: [{ type: "InternalIP", address: "100.64.0.2" }],
  conditions: [ready, ourCondition],
};

const onboarding = (more: object = {}): object => ({ key: `${domain}/onboarding`, effect: "NoSchedule", ...more });
const taintsWith = (...taints: readonly object[]): object => [{ op: "replace", path: "/spec/taints", value: taints }];
const [first = {}, , last = {}] = otter.spec.taints;

/** Each is let through. */
export const allowed: readonly Attempt[] = [
  {
    name: "a label of ours comes, another changes",
    patch: meta("labels", { [`${domain}/gpu.product`]: "x", [`${domain}/storage-class`]: "ssd" }),
  },
  { name: "a label of ours goes", patch: meta("labels", { [`${domain}/storage-class`]: null }) },
  { name: "an annotation of ours changes", patch: meta("annotations", { [`${domain}/owned`]: "{1}" }) },
  {
    name: "labels by server-side apply",
    type: `${apply}?fieldManager=nodekeeper&force=true`,
    patch: meta("labels", { [`${domain}/storage-class`]: "ssd" }),
  },
  {
    name: "what Longhorn reads of a new node comes, with the ledger, in one write",
    type: json,
    patch: [
      { op: "add", path: "/metadata/labels/node.longhorn.io~1create-default-disk", value: "config" },
      { op: "add", path: "/metadata/annotations/node.longhorn.io~1default-disks-config", value: "[]" },
      { op: "add", path: "/metadata/annotations/node.longhorn.io~1default-node-tags", value: "[]" },
      { op: "add", path: `/metadata/annotations/${domain}~1owned`, value: "{3}" },
    ],
  },
  { name: "the start-up taint goes", type: json, patch: taintsWith(first, last) },
  {
    name: "a taint of ours comes, with an annotation, in one write",
    type: json,
    patch: [
      { op: "test", path: "/spec/taints", value: otter.spec.taints },
      { op: "add", path: "/spec/taints/-", value: { key: `${domain}/disk-failed`, value: "yes", effect: "PreferNoSchedule" } },
      { op: "add", path: `/metadata/annotations/${domain}~1owned`, value: "{2}" },
    ],
  },
  {
    name: "a taint of ours comes between those of others",
    type: json,
    patch: taintsWith(first, onboarding({ value: "x" }), last),
  },
  ...["DiskHealthy", "TailnetConnected", "GPUHealthy", "StoragePrerequisites"].map((type) => ({
    ...{ name: `the condition ${type}`, at: "/status", type: strategic },
    patch: { status: { conditions: [{ ...ourCondition, type, status: "False" }] } },
  })),
  {
    name: "a condition by server-side apply",
    at: "/status",
    type: `${apply}?fieldManager=nodekeeper-conditions&force=true`,
    patch: { status: { conditions: [{ ...ourCondition, status: "Unknown" }] } },
  },
  {
    name: "a condition of ours goes",
    at: "/status",
    type: strategic,
    patch: { status: { conditions: [{ $patch: "delete", type: "DiskHealthy" }] } },
  },
];

/** Each is refused. */
export const refused: readonly Refusal[] = [
  {
    name: "a foreign label comes",
    patch: meta("labels", { "example.com/x": "1" }),
    says: `only labels of ${domain}, not example.com/x`,
  },
  {
    name: "a foreign label changes",
    patch: meta("labels", { rack: "4", [`${domain}/x`]: "1" }),
    says: "not rack; a domain is added in",
  },
  { name: "a foreign label goes", patch: meta("labels", { "kubernetes.io/hostname": null }), says: "not kubernetes.io/hostname" },
  {
    name: "a label of a domain that begins like ours",
    patch: meta("labels", { [`${domain}.example/x`]: "1" }),
    says: "only labels",
  },
  { name: "a label of a domain that ends like ours", patch: meta("labels", { [`x.${domain}/x`]: "1" }), says: "only labels" },
  {
    name: "another label of Longhorn's",
    patch: meta("labels", { "node.longhorn.io/create-default-disk2": "true" }),
    says: "not node.longhorn.io/create-default-disk2",
  },
  {
    name: "an annotation of Longhorn's as a label",
    patch: { metadata: { labels: { "node.longhorn.io/default-node-tags": "x" } } },
    says: "not node.longhorn.io/default-node-tags",
  },
  {
    name: "another annotation of Longhorn's",
    patch: meta("annotations", { "node.longhorn.io/create-default-disk": "config" }),
    says: "not node.longhorn.io/create-default-disk",
  },
  { name: "a foreign label by way of the status", at: "/status", patch: meta("labels", { rack: "4" }), says: "not rack" },
  {
    name: "a foreign label by server-side apply",
    type: `${apply}?fieldManager=nodekeeper&force=true`,
    patch: meta("labels", { rack: "4" }),
    says: "not rack",
  },
  {
    name: "an annotation of the kubelet's changes",
    patch: meta("annotations", { "volumes.kubernetes.io/controller-managed-attach-detach": "false" }),
    says: `only annotations of ${domain} (and paused of nobody), not volumes.kubernetes.io/controller-managed-attach-detach`,
  },
  { name: "it ends a pause itself", patch: meta("annotations", { [`${domain}/paused`]: "false" }), says: `not ${domain}/paused` },
  {
    name: "an owner comes",
    patch: meta("ownerReferences", [{ apiVersion: "v1", kind: "Node", name: "otter", uid: "0" }]),
    says: "no metadata of a node but labels and annotations",
  },
  { name: "a finalizer comes", patch: meta("finalizers", ["example.com/theirs", "example.com/x"]), says: "no finalizer" },
  { name: "a finalizer goes", patch: meta("finalizers", null), says: "no finalizer" },
  { name: "who manages the fields is wiped out", patch: meta("managedFields", [{}]), says: "not who manages its fields" },
  { name: "cordon", patch: { spec: { unschedulable: true } }, says: "cordon and uncordon it by kubectl" },
  {
    name: "the provider's id",
    patch: { spec: { providerID: "k3s://other" } },
    says: "nothing of a node's spec but taints of its domain",
  },
  {
    name: "the pods' network, where it has none",
    patch: { spec: { podCIDR: "10.42.9.0/24", podCIDRs: ["10.42.9.0/24"] } },
    says: "nothing of a node's spec",
  },
  {
    name: "a foreign taint comes",
    type: json,
    patch: [{ op: "add", path: "/spec/taints/-", value: { key: "example.com/x", effect: "NoSchedule" } }],
    says: `only taints of ${domain}, and leaves all others as they are, in their order; a domain is added in`,
  },
  {
    name: "a foreign taint changes",
    type: json,
    patch: [{ op: "replace", path: "/spec/taints/2/value", value: "2" }],
    says: "only taints",
  },
  { name: "a foreign taint goes", type: json, patch: [{ op: "remove", path: "/spec/taints/0" }], says: "only taints" },
  { name: "all taints go", type: json, patch: [{ op: "remove", path: "/spec/taints" }], says: "only taints" },
  { name: "foreign taints change places", type: json, patch: taintsWith(last, onboarding(), first), says: "in their order" },
  {
    name: "a taint of ours evicts",
    type: json,
    patch: taintsWith(first, onboarding({ effect: "NoExecute" }), last),
    says: "NoExecute evicts what runs there; set that by kubectl taint",
  },
  {
    name: "the capacity",
    at: "/status",
    patch: { status: { capacity: { cpu: "8" } } },
    says: "nothing of a node's status but its own conditions",
  },
  { name: "an address", at: "/status", patch: { status: { addresses: [] } }, says: "all else is the kubelet's" },
  {
    name: "a device that is new",
    at: "/status",
    patch: { status: { allocatable: { "nvidia.com/gpu": "9" } } },
    says: "nothing of a node's status",
  },
  {
    name: "a foreign condition comes",
    at: "/status",
    type: strategic,
    patch: { status: { conditions: [{ ...ourCondition, type: "Foreign" }] } },
    says: "only the conditions DiskHealthy, TailnetConnected, GPUHealthy, StoragePrerequisites, and leaves all others",
  },
  {
    name: "the kubelet's heartbeat",
    at: "/status",
    type: strategic,
    patch: { status: { conditions: [{ ...ready, lastHeartbeatTime: "2026-11-23T09:00:00Z" }] } },
    says: "only the conditions",
  },
  {
    name: "Ready by server-side apply",
    at: "/status",
    type: `${apply}?fieldManager=nodekeeper-conditions&force=true`,
    patch: { status: { conditions: [{ ...ready, status: "False" }] } },
    says: "only the conditions",
  },
  { name: "all conditions go", at: "/status", patch: { status: { conditions: null } }, says: "only the conditions" },
];

/** A patch of one field of the metadata. */
export function meta(field: string, value: unknown): object {
  return { metadata: { [field]: value } };
}
