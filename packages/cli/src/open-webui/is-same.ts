/** Whether two values are the same as JSON, in which what is undefined is not there. */
import { isDeepStrictEqual } from "node:util";
import type { Fields } from "@nodekeeper/shared";

/** Whether they are, whatever the order of fields. */
export function isSame(one: unknown, other: unknown): boolean {
  return isDeepStrictEqual(plain(one), plain(other));
}

/** Whether an object that was set is still the same where it is kept: fields that were added to it and that nobody filled do not count. */
export function isStill(set: Fields, now: Fields): boolean {
  const keys = new Set([...Object.keys(set), ...Object.keys(now)]);
  return [...keys].every((key) => (key in set ? isSame(set[key], now[key]) : isEmpty(now[key])));
}

function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || value === false || value === "";
}
