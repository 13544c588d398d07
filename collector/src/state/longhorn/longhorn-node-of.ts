/** Makes of Longhorn's node, as the API server says it, what we keep of it. Every release from 1.3 on says it in v1beta2; fields came with time. */
import { type Fields, fieldsAt, isFields, textAt } from "@nodekeeper/shared";
import { bytesAt, conditionsAt, isTrue, nameOf, shared, sharedAt, tagsAt, timeAt } from "./longhorn-fields.ts";
import type { LonghornDisk, LonghornDiskHealth, LonghornDiskStatus, LonghornNode } from "./longhorn-node.ts";

/** A node; undefined where it lacks what every object has (name, uid, resourceVersion). All else may be missing. */
export function longhornNodeOf(object: Fields): LonghornNode | undefined {
  const metadata = fieldsAt(object, "metadata");
  const name = nameOf(object);
  const uid = textAt(metadata, "uid");
  const resourceVersion = textAt(metadata, "resourceVersion");
  if (name === undefined || uid === undefined || resourceVersion === undefined) return undefined;
  const spec = fieldsAt(object, "spec");
  const status = fieldsAt(object, "status");
  const wanted = fieldsAt(spec, "disks");
  const found = fieldsAt(status, "diskStatus");
  const names = [...new Set([...Object.keys(wanted), ...Object.keys(found)])];
  return {
    ...{ name, uid, resourceVersion },
    isDeleting: textAt(metadata, "deletionTimestamp") !== undefined,
    annotations: annotationsOf(fieldsAt(metadata, "annotations")),
    allowScheduling: spec["allowScheduling"] === true,
    evictionRequested: spec["evictionRequested"] === true,
    tags: tagsAt(spec, "tags"),
    disks: new Map(names.map((each) => [shared(each), diskOf(shared(each), wanted[each], found[each])])),
    isSyncing: names.some((each) => !Object.hasOwn(wanted, each) || !Object.hasOwn(found, each)),
    conditions: conditionsAt(status, "conditions"),
    zone: sharedAt(status, "zone"),
  };
}

function annotationsOf(fields: Fields): Readonly<Record<string, string>> {
  const texts = Object.entries(fields).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  return Object.fromEntries(texts.map(([key, text]) => [key, shared(text)]));
}

/** One that nobody wants any more is known by what Longhorn found of it. */
function diskOf(name: string, wanted: unknown, found: unknown): LonghornDisk {
  const spec = isFields(wanted) ? wanted : {};
  const status = isFields(found) ? found : {};
  return {
    name,
    path: sharedAt(spec, "path") || sharedAt(status, "diskPath"),
    type: (textAt(spec, "diskType") || textAt(status, "diskType")) === "block" ? "block" : "filesystem",
    allowScheduling: spec["allowScheduling"] === true,
    evictionRequested: spec["evictionRequested"] === true,
    storageReservedBytes: bytesAt(spec, "storageReserved"),
    tags: tagsAt(spec, "tags"),
    hasTagsField: spec["tags"] !== undefined,
    status: isFields(found) ? statusOf(found) : undefined,
  };
}

function statusOf(status: Fields): LonghornDiskStatus {
  const conditions = conditionsAt(status, "conditions");
  return {
    uuid: sharedAt(status, "diskUUID"),
    maximumBytes: bytesAt(status, "storageMaximum"),
    availableBytes: bytesAt(status, "storageAvailable"),
    scheduledBytes: bytesAt(status, "storageScheduled"),
    conditions,
    isReady: isTrue(conditions, "Ready"),
    isSchedulable: isTrue(conditions, "Schedulable"),
    health: healthOf(status),
  };
}

function healthOf(status: Fields): readonly LonghornDiskHealth[] {
  const collectedAtMs = timeAt(status, "healthDataLastCollectedAt");
  return Object.entries(fieldsAt(status, "healthData")).flatMap(([device, said]) =>
    isFields(said)
      ? {
          device,
          serial: textAt(said, "serialNumber") ?? "",
          model: sharedAt(said, "modelName"),
          status: sharedAt(said, "healthStatus"),
          collectedAtMs,
        }
      : [],
  );
}
