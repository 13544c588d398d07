/** Where the next page of a list that is sorted by time begins. It is a place, not a number of lines: pages stay right while lines come. */
import { AppError } from "@nodekeeper/shared";

/** A line's place: its time, and its number among those of one time. */
interface Place {
  readonly atMs: number;
  readonly id: number;
}

/** The place after a line, as a word. */
export function placeCursorOf({ at, id }: { readonly at: string; readonly id: number }): string {
  return `${Date.parse(at)}-${id}`;
}

/** Reads one; undefined where none was given. */
export function readPlaceCursor(cursor: string | undefined): Place | undefined {
  if (cursor === undefined) return undefined;
  const [, atMs, id] = /^(\d{1,15})-(\d{1,15})$/.exec(cursor) ?? [];
  if (atMs !== undefined && id !== undefined) return { atMs: Number(atMs), id: Number(id) };
  const message = 'query parameter "cursor" is not valid: it is not a `nextCursor` of this API; begin again without it';
  throw new AppError("REQUEST_INVALID", message);
}
