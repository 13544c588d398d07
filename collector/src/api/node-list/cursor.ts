/** Where the next page of a list of nodes begins, as an opaque word. It holds a place, not a number: pages stay right while nodes come and go. */
import { AppError } from "@nodekeeper/shared";
import type { NodeOrder, Place } from "./node-order.ts";

/** Writes a cursor. */
export function encodeCursor(place: Place, order: NodeOrder): string {
  return Buffer.from(JSON.stringify([order, place.name, place.key ?? null])).toString("base64url");
}

/** Reads a cursor of a list in this order; refuses anything else. */
export function decodeCursor(cursor: string, order: NodeOrder): Place {
  const parts = parse(cursor);
  if (parts === undefined) throw invalid("it is not a `nextCursor` of this API");
  if (parts.order !== order) throw invalid(`it belongs to a list sorted by ${parts.order}, and this one is sorted by ${order}`);
  return parts.place;
}

function parse(cursor: string): { readonly order: string; readonly place: Place } | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString());
    if (!Array.isArray(value) || value.length !== 3) return undefined;
    const [order, name, key]: readonly unknown[] = value;
    if (typeof order !== "string" || typeof name !== "string") return undefined;
    if (key !== null && typeof key !== "number" && typeof key !== "string") return undefined;
    return { order, place: { name, key: key ?? undefined } };
  } catch {
    return undefined; // not JSON: the caller says so
  }
}

function invalid(why: string): AppError {
  return new AppError("REQUEST_INVALID", `query parameter "cursor" is not valid: ${why}; begin again without it`);
}
