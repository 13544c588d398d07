/** Makes of Longhorn's backup target, as the API server says it, what we keep of it. */
import { type Fields, fieldsAt, textAt } from "@nodekeeper/shared";
import { conditionsAt, nameOf, timeAt } from "./longhorn-fields.ts";
import type { LonghornBackupTarget } from "./longhorn-volume.ts";

/** A backup target; undefined where it has no name. */
export function longhornTargetOf(object: Fields): LonghornBackupTarget | undefined {
  const name = nameOf(object);
  if (name === undefined) return undefined;
  const status = fieldsAt(object, "status");
  const { available } = status;
  const unavailable = conditionsAt(status, "conditions").find(({ type, status }) => type === "Unavailable" && status === "True");
  return {
    name,
    url: withoutSecrets(textAt(fieldsAt(object, "spec"), "backupTargetURL") ?? ""),
    isAvailable: typeof available === "boolean" ? available : undefined,
    message: unavailable?.message ?? "",
    lastSyncedAtMs: timeAt(status, "lastSyncedAt"),
  };
}

/** Secrets belong into a Secret, and some write them into the address: a password before the @ (an S3 region stands there too), or mount options. */
function withoutSecrets(url: string): string {
  return url.replace(/\?.*$/, "").replace(/^([a-z0-9+.-]+:\/\/)[^/@]*:[^/]*@/i, "$1");
}
