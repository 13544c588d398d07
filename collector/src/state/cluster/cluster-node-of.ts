/** Makes of a Node, as the API server says it, what we keep of it: a tenth, and what many Nodes say alike is held once. */
import { type Fields, fieldsAt, listAt, textAt } from "@nodekeeper/shared";
import { createSharedPool } from "../shared-pool.ts";
import type { ClusterNode, NodeCondition, NodeTaint } from "./cluster-node.ts";
import { managersOf } from "./managers-of.ts";

/** Longer texts are e.g. certificates and arguments: no two Nodes say the same. */
const sharedLength = 128;
const sharedTaints = 16;

const texts = createSharedPool<string>(32_768);
const taintLists = createSharedPool<readonly NodeTaint[]>(1_024);

/** A Node; undefined where it lacks what every Node has (name, uid, resourceVersion, creationTimestamp). All else may be missing. */
export function clusterNodeOf(node: Fields): ClusterNode | undefined {
  const metadata = fieldsAt(node, "metadata");
  const spec = fieldsAt(node, "spec");
  const status = fieldsAt(node, "status");
  const name = textAt(metadata, "name");
  const uid = textAt(metadata, "uid");
  const resourceVersion = textAt(metadata, "resourceVersion");
  const createdAtMs = timeAt(metadata, "creationTimestamp");
  if (name === undefined || uid === undefined || resourceVersion === undefined || createdAtMs === undefined) return undefined;
  return {
    ...{ name, uid, resourceVersion, createdAtMs },
    labels: textsOf(fieldsAt(metadata, "labels")),
    annotations: textsOf(fieldsAt(metadata, "annotations")),
    isCordoned: spec["unschedulable"] === true,
    taints: taintsOf(listAt(spec, "taints")),
    conditions: listAt(status, "conditions").map(conditionOf),
    addresses: listAt(status, "addresses").map((each) => ({
      type: shared(each, "type"),
      address: textAt(each, "address") ?? "",
    })),
    info: infoOf(fieldsAt(status, "nodeInfo")),
    managers: managersOf(listAt(metadata, "managedFields"), { timeAt, shared }),
  };
}

function textsOf(fields: Fields): Readonly<Record<string, string>> {
  const kept: Record<string, string> = {};
  for (const [key, value] of Object.entries(fields)) if (typeof value === "string") kept[key] = sharedText(value);
  return kept;
}

function taintsOf(taints: readonly Fields[]): readonly NodeTaint[] {
  const made = taints.map((each) => ({ key: shared(each, "key"), value: shared(each, "value"), effect: shared(each, "effect") }));
  return made.length > sharedTaints ? made : taintLists(JSON.stringify(made), () => made);
}

function conditionOf(condition: Fields): NodeCondition {
  return {
    type: shared(condition, "type"),
    status: shared(condition, "status"),
    reason: shared(condition, "reason"),
    message: shared(condition, "message"),
    lastHeartbeatAtMs: timeAt(condition, "lastHeartbeatTime"),
    lastTransitionAtMs: timeAt(condition, "lastTransitionTime"),
  };
}

function infoOf(info: Fields): ClusterNode["info"] {
  return {
    machineId: textAt(info, "machineID") ?? "",
    bootId: textAt(info, "bootID") ?? "",
    kubeletVersion: shared(info, "kubeletVersion"),
  };
}

/** Kubernetes leaves out what is empty. */
function shared(fields: Fields, name: string): string {
  return sharedText(textAt(fields, name) ?? "");
}

function sharedText(text: string): string {
  return text.length > sharedLength ? text : texts(text, () => text);
}

/** A time in RFC 3339, in ms since 1970. */
function timeAt(fields: Fields, name: string): number | undefined {
  const atMs = Date.parse(textAt(fields, name) ?? "");
  return Number.isNaN(atMs) ? undefined : atMs;
}
