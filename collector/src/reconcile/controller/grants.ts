/** A step that somebody approved by itself: told from every other one by what it would do. Pure. */
import type { Operation } from "../reconciler.ts";

/** The same for the same step of one object. */
export function grantOf({
  item,
  kind,
  before,
  after,
}: Pick<Operation, "item" | "kind"> & { readonly before?: string | undefined; readonly after?: string | undefined }): string {
  return JSON.stringify([item, kind, before ?? null, after ?? null]);
}

/** The item of what grantOf made. */
export function itemOfGrant(grant: string): string {
  const [item]: unknown[] = JSON.parse(grant);
  return String(item);
}
