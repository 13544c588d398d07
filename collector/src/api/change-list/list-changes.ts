/** A page of changes, newest first. Its cursor is a place, not a number of lines: pages stay right while changes come. */
import type { ChangeList, ChangeListQuery } from "@nodekeeper/shared/api";
import { placeCursorOf, readPlaceCursor } from "../place-cursor.ts";
import type { RouteContext } from "../route.ts";

const defaultLimit = 100;

/** Asks the store for a page; of all nodes where none is named. */
export async function listChanges(
  store: Pick<RouteContext["store"], "listChanges">,
  node: string | undefined,
  { limit = defaultLimit, cursor }: ChangeListQuery,
): Promise<ChangeList> {
  const before = readPlaceCursor(cursor);
  // One more than asked for says whether there is another page.
  const found = await store.listChanges({ node, before, limit: limit + 1 });
  const changes = found.slice(0, limit);
  const last = changes.at(-1);
  return {
    changes,
    ...(last === undefined || found.length <= limit ? {} : { nextCursor: placeCursorOf(last) }),
  };
}
