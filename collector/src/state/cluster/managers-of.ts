/** Who owns which labels, annotations and conditions of a Node, out of metadata.managedFields (FieldsV1). */
import { type Fields, fieldsAt, isFields, textAt } from "@nodekeeper/shared";
import { createSharedPool } from "../shared-pool.ts";
import type { FieldManager } from "./cluster-node.ts";

/** How times and texts are read. */
export interface FieldReaders {
  timeAt(fields: Fields, name: string): number | undefined;
  shared(fields: Fields, name: string): string;
}

/** The same writers own the same few things on many Nodes; who owns thousands does so on one of them, and would fill the pool. */
const lists = createSharedPool<readonly string[]>(8_192);
const sharedLength = 2_048;

/** Those that own any of it. */
export function managersOf(managedFields: readonly Fields[], readers: FieldReaders): readonly FieldManager[] {
  return managedFields
    .map((entry) => managerOf(entry, readers))
    .filter(({ labels, annotations, conditions }) => labels.length + annotations.length + conditions.length > 0);
}

function managerOf(entry: Fields, { timeAt, shared }: FieldReaders): FieldManager {
  const fields = fieldsAt(entry, "fieldsV1");
  const metadata = fieldsAt(fields, "f:metadata");
  return {
    name: shared(entry, "manager"),
    operation: textAt(entry, "operation") === "Apply" ? "Apply" : "Update",
    subresource: shared(entry, "subresource"),
    atMs: timeAt(entry, "time"),
    labels: keysOf(fieldsAt(metadata, "f:labels")),
    annotations: keysOf(fieldsAt(metadata, "f:annotations")),
    conditions: typesOf(fieldsAt(fieldsAt(fields, "f:status"), "f:conditions")),
  };
}

/** `f:KEY` of each field; `.` is the map itself. */
function keysOf(fields: Fields): readonly string[] {
  return sharedList(Object.keys(fields).flatMap((key) => (key.startsWith("f:") ? [key.slice(2)] : [])));
}

/** `k:{"type":"Ready"}` of each element. */
function typesOf(fields: Fields): readonly string[] {
  return sharedList(Object.keys(fields).flatMap((key) => (key.startsWith("k:") ? typeIn(key.slice(2)) : [])));
}

function typeIn(key: string): string | readonly string[] {
  try {
    const value: unknown = JSON.parse(key);
    return (isFields(value) ? textAt(value, "type") : undefined) ?? [];
  } catch {
    return [];
  }
}

function sharedList(list: readonly string[]): readonly string[] {
  const key = list.join("\n");
  return key.length > sharedLength ? list : lists(key, () => list);
}
