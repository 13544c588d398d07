/** How the fields of Longhorn's objects are read, and what many of them say alike is held once. */
import { type Fields, fieldsAt, listAt, textAt } from "@nodekeeper/shared";
import { createSharedPool } from "../shared-pool.ts";
import type { LonghornCondition } from "./longhorn-node.ts";

/** Ten thousand nodes with their disks and volumes; their names are said again by fifty thousand replicas. */
const texts = createSharedPool<string>(65_536);
const lists = createSharedPool<readonly string[]>(4_096);
/** Longer texts are not said twice. */
const sharedLength = 128;

/** A text that others say too; empty where it is not said. */
export function sharedAt(fields: Fields, name: string): string {
  return shared(textAt(fields, name) ?? "");
}

/** Its one copy. */
export function shared(text: string): string {
  return text.length > sharedLength ? text : texts(text, () => text);
}

/** Texts as they are; a list that is null has none. */
export function textsAt(fields: Fields, name: string): readonly string[] {
  const value = fields[name];
  return sharedList(Array.isArray(value) ? value.filter((each) => typeof each === "string") : []);
}

/** The same, sorted, each once: as Longhorn's webhook leaves them, and nobody else has to. */
export function tagsAt(fields: Fields, name: string): readonly string[] {
  return sharedList([...new Set(textsAt(fields, name))].sort());
}

/** One copy of a list. */
export function sharedList(list: readonly string[]): readonly string[] {
  const key = JSON.stringify(list);
  return key.length > sharedLength ? list : lists(key, () => list.map(shared));
}

/** Bytes, which Longhorn says as a number in some fields and as a text in others; 0 where it does not, as it takes it itself. */
export function bytesAt(fields: Fields, name: string): number {
  const value = fields[name];
  const bytes = typeof value === "string" && value !== "" ? Number(value) : value;
  return typeof bytes === "number" && Number.isFinite(bytes) ? bytes : 0;
}

/** A time in RFC 3339, in ms since 1970. The zero time of Go (year 1) and an empty text are none. */
export function timeAt(fields: Fields, name: string): number | undefined {
  const atMs = Date.parse(textAt(fields, name) ?? "");
  return atMs > 0 ? atMs : undefined;
}

/** Conditions; a list that is null has none. */
export function conditionsAt(fields: Fields, name: string): readonly LonghornCondition[] {
  return listAt(fields, name).map((condition) => ({
    type: sharedAt(condition, "type"),
    status: sharedAt(condition, "status"),
    reason: sharedAt(condition, "reason"),
    message: sharedAt(condition, "message"),
    lastTransitionAtMs: timeAt(condition, "lastTransitionTime"),
  }));
}

/** Whether a condition is True. */
export function isTrue(conditions: readonly LonghornCondition[], type: string): boolean {
  return conditions.some((condition) => condition.type === type && condition.status === "True");
}

/** Name of an object; undefined: it is none that we know. */
export function nameOf(object: Fields): string | undefined {
  const name = textAt(fieldsAt(object, "metadata"), "name");
  return name === undefined || name === "" ? undefined : shared(name);
}
