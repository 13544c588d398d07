/** Makes of Longhorn's replica, as the API server says it, what we keep of it. There are more of them than of anything else. */
import { type Fields, fieldsAt, textAt } from "@nodekeeper/shared";
import { bytesAt, nameOf, sharedAt } from "./longhorn-fields.ts";
import type { LonghornReplica } from "./longhorn-volume.ts";

/** A replica; undefined where it has no name. All else may be missing: it is then not scheduled, not healthy, not running. */
export function longhornReplicaOf(object: Fields): LonghornReplica | undefined {
  const name = nameOf(object);
  if (name === undefined) return undefined;
  const spec = fieldsAt(object, "spec");
  const status = fieldsAt(object, "status");
  const isFailed = (textAt(spec, "failedAt") ?? "") !== "";
  return {
    name,
    volume: sharedAt(spec, "volumeName"),
    node: sharedAt(spec, "nodeID"),
    diskUuid: sharedAt(spec, "diskID"),
    sizeBytes: bytesAt(spec, "volumeSize"),
    isHealthy: !isFailed && (textAt(spec, "healthyAt") ?? "") !== "",
    isFailed,
    isRunning: textAt(status, "currentState") === "running",
    isEvicting: spec["evictionRequested"] === true || status["evictionRequested"] === true, // the status until 1.6
  };
}
