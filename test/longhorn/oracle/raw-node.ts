/** Longhorn's node as the API server has it, and JSON Patches on it, in memory: for properties, which have no time for a real one (see ../). */
import { AppError, type Fields, isFields } from "@nodekeeper/shared";
import type { JsonPatchOperation } from "../../../collector/src/clients/kubernetes/object-kind.ts";

/** A disk of it. */
export interface RawDisk {
  readonly name: string;
  readonly gib: number;
  readonly tags: readonly string[];
}

const gibBytes = 2 ** 30;

/** A node of Longhorn's that is well. The UUID of a disk is "node-disk". */
export function rawNode(name: string, zone: string, disks: readonly RawDisk[]): Fields {
  const conditions = ["Ready", "Schedulable"].map((type) => ({ type, status: "True" }));
  const spec = disks.map(({ name: disk, tags }) => {
    const wanted = {
      path: `/data/${disk}`,
      diskType: "filesystem",
      allowScheduling: true,
      evictionRequested: false,
      storageReserved: 0,
      tags,
    };
    return [disk, wanted] as const;
  });
  const status = disks.map(({ name: disk, gib }) => {
    const sizes = { storageMaximum: gib * gibBytes, storageAvailable: gib * gibBytes, storageScheduled: 0 };
    return [disk, { diskUUID: `${name}-${disk}`, conditions, ...sizes }] as const;
  });
  return {
    metadata: { name, uid: `uid-${name}`, resourceVersion: "1" },
    spec: { name, allowScheduling: true, evictionRequested: false, tags: [], disks: Object.fromEntries(spec) },
    status: { zone, conditions, diskStatus: Object.fromEntries(status) },
  };
}

/** The object after the patch. Throws CONFLICT where a test fails, as the client does. */
export function patched(object: Fields, patch: readonly JsonPatchOperation[]): Fields {
  let result: unknown = structuredClone(object);
  for (const operation of patch) {
    const path = operation.path
      .split("/")
      .slice(1)
      .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
    const value = "value" in operation ? operation.value : undefined;
    if (operation.op !== "test") result = withAt(result, path, operation.op === "remove" ? undefined : value);
    else if (JSON.stringify(at(result, path) ?? null) !== JSON.stringify(value))
      throw new AppError("CONFLICT", `${operation.path} is another`);
  }
  return isFields(result) ? result : {};
}

/** A copy with another value somewhere; undefined: without it. */
export function withAt(object: unknown, [first, ...rest]: readonly string[], value: unknown): unknown {
  if (first === undefined) return value;
  const { [first]: inner, ...others } = isFields(object) ? object : {};
  const changed = withAt(inner, rest, value);
  return changed === undefined ? others : { ...others, [first]: changed };
}

/** What is somewhere in it. */
export function at(object: unknown, [first, ...rest]: readonly string[]): unknown {
  if (first === undefined) return object;
  return isFields(object) ? at(object[first], rest) : undefined;
}
