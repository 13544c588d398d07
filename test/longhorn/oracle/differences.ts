/** Where the product's placement and the oracle are of two minds. */
import type { Change, TakePlacement } from "../../../collector/src/longhorn/placement.ts";
import { evacuate, ownersOf, place } from "./oracle.ts";
import { after, atBest, type Snapshot, viewOf } from "./snapshot.ts";

/** Who loses by the change, by the oracle. */
export interface Losers {
  /** Of what can be placed at this moment. */
  readonly now: readonly string[];
  /** The same, and what could be placed if what the change concerns, and is away now, came back (atBest): a change must not take that away either. */
  readonly ever: readonly string[];
  /** Whoever could ever find more places than there are at this moment when the change is done: who may be named, and nobody else. */
  readonly atMost: readonly string[];
  /** How many places each finds at this moment when it is done. */
  readonly placeable: ReadonlyMap<string, number>;
}

/** By searching: "volume v0". */
export function losersBy(snapshot: Snapshot, change: Change): Losers {
  const best = atBest(snapshot, change);
  const [before, bestBefore] = [placesIn(snapshot), placesIn(best)];
  const [then, bestThen] = [placesIn(after(snapshot, change)), placesIn(after(best, change))];
  const fewer = (many: ReadonlyMap<string, number>, few: ReadonlyMap<string, number>) =>
    [...few].filter(([key, count]) => count < (many.get(key) ?? 0)).map(([key]) => key);
  return { now: fewer(before, then), ever: fewer(bestBefore, bestThen), atMost: fewer(bestBefore, then), placeable: then };
}

/** In words; empty: none. */
export function differencesOfLosers(take: TakePlacement, snapshot: Snapshot, change: Change): readonly string[] {
  const named = take(viewOf(snapshot))?.losersOf(change) ?? [];
  const names = new Set(named.map(({ kind, name }) => `${kind} ${name}`));
  const { now, ever, atMost, placeable } = losersBy(snapshot, change);
  return [
    ...now.filter((key) => !names.has(key)).map((key) => `${key} loses, and is not named`),
    ...ever.filter((key) => !names.has(key)).map((key) => `${key} loses what may come back, and is not named`),
    ...[...names].filter((key) => !atMost.includes(key)).map((key) => `${key} is named, and loses nothing`),
    ...named.flatMap((loser) => {
      const count = placeable.get(`${loser.kind} ${loser.name}`);
      return count === loser.placeable ? [] : [`${loser.kind} ${loser.name} finds ${count} places, not ${loser.placeable}`];
    }),
  ];
}

function placesIn(snapshot: Snapshot): ReadonlyMap<string, number> {
  return new Map(ownersOf(snapshot).map((owner) => [`${owner.kind} ${owner.name}`, place(snapshot, owner).most]));
}

/**
 * Of each disk's replicas: said to find a home while together they find none, or a volume that finds none even alone and is not named. The other way
 * round is caution: who packs quickly may miss a way that a search finds.
 */
export function differencesOfHomeless(
  take: TakePlacement,
  snapshot: Snapshot,
): { readonly wrong: readonly string[]; readonly cautious: number; readonly asked: number } {
  const placement = take(viewOf(snapshot));
  const disks = snapshot.nodes.flatMap(({ name, disks }) => [...disks.keys()].map((disk) => ({ node: name, disk })));
  const answers = disks.map(({ node, disk }) => {
    const named = placement?.homelessOf(node, disk) ?? [];
    const { isPossible, hopeless } = evacuate(snapshot, { node, disk });
    const missed = hopeless
      .filter((volume) => !named.includes(volume))
      .map((volume) => `${node}/${disk}: ${volume} finds nothing`);
    const packed = named.length === 0 && !isPossible ? [`${node}/${disk}: not all of its replicas at once`] : [];
    return { wrong: missed.length > 0 ? missed : packed, isCautious: named.length > 0 && isPossible };
  });
  return {
    wrong: answers.flatMap(({ wrong }) => wrong),
    cautious: answers.filter(({ isCautious }) => isCautious).length,
    asked: answers.length,
  };
}
