/** Walks through many things without holding the event loop: agents are heard in between. */
import type { Clock } from "@nodekeeper/shared";

/** A turn of the event loop is given to it for no longer than this. */
const sliceMs = 10;

/** What `of` makes of each, in order; what it makes undefined of is left out. The items are asked for as the walk goes. */
export async function inSlices<Item, Made>(
  items: Iterable<Item>,
  of: (item: Item) => Made | undefined,
  clock: Pick<Clock, "monotonicMs">,
): Promise<readonly Made[]> {
  const all: Made[] = [];
  let endMs = clock.monotonicMs() + sliceMs;
  for (const item of items) {
    const made = of(item);
    if (made !== undefined) all.push(made);
    if (clock.monotonicMs() < endMs) continue;
    await anotherTurn();
    endMs = clock.monotonicMs() + sliceMs;
  }
  return all;
}

function anotherTurn(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  setImmediate(resolve);
  return promise;
}
