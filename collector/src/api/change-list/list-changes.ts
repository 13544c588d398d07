/** A page of changes, newest first. Its cursor is a place, not a number of lines: pages stay right while changes come. */
import { AppError } from "@nodekeeper/shared";
import type { ChangeList, ChangeListQuery } from "@nodekeeper/shared/api";
import type { ChangePlace } from "../../store/store.ts";
import type { RouteContext } from "../route.ts";

const defaultLimit = 100;

/** Asks the store for a page; of all nodes where none is named. */
export async function listChanges(
  store: Pick<RouteContext["store"], "listChanges">,
  node: string | undefined,
  { limit = defaultLimit, cursor }: ChangeListQuery,
): Promise<ChangeList> {
  const before = cursor === undefined ? undefined : placeOf(cursor);
  // One more than asked for says whether there is another page.
  const found = await store.listChanges({ node, before, limit: limit + 1 });
  const changes = found.slice(0, limit);
  const last = changes.at(-1);
  return {
    changes,
    ...(last === undefined || found.length <= limit ? {} : { nextCursor: `${Date.parse(last.at)}-${last.id}` }),
  };
}

function placeOf(cursor: string): ChangePlace {
  const [, atMs, id] = /^(\d{1,15})-(\d{1,15})$/.exec(cursor) ?? [];
  if (atMs !== undefined && id !== undefined) return { atMs: Number(atMs), id: Number(id) };
  const message = 'query parameter "cursor" is not valid: it is not a `nextCursor` of this API; begin again without it';
  throw new AppError("REQUEST_INVALID", message);
}
