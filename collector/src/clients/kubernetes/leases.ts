/** Leases (coordination.k8s.io/v1): who of several does something. Written only as they were read (resourceVersion). */
import { type Fields, fieldsAt } from "@nodekeeper/shared";
import type { Api } from "./api.ts";
import { isStatus } from "./api-failure.ts";
import type { ObjectName } from "./text-object.ts";

/** Reads one; undefined where there is none. */
export async function readLease(api: Api, at: ObjectName, signal: AbortSignal): Promise<Fields | undefined> {
  try {
    return await api.ask({ method: "GET", path: pathOf(at) }, signal);
  } catch (thrown) {
    if (isStatus(thrown, 404)) return undefined;
    throw thrown;
  }
}

/** Makes one; CONFLICT where there is one. */
export async function createLease(api: Api, at: ObjectName, lease: Fields, signal: AbortSignal): Promise<Fields> {
  return await api.ask({ method: "POST", path: folderOf(at), body: whole(at, lease) }, signal);
}

/** Replaces one; CONFLICT where its resourceVersion is not that of `lease` any more. */
export async function replaceLease(api: Api, at: ObjectName, lease: Fields, signal: AbortSignal): Promise<Fields> {
  return await api.ask({ method: "PUT", path: pathOf(at), body: whole(at, lease) }, signal);
}

function folderOf({ namespace }: ObjectName): string {
  return `/apis/coordination.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/leases`;
}

function pathOf(at: ObjectName): string {
  return `${folderOf(at)}/${encodeURIComponent(at.name)}`;
}

function whole(at: ObjectName, lease: Fields): Fields {
  return { ...lease, apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { ...fieldsAt(lease, "metadata"), ...at } };
}
