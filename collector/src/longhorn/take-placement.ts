/**
 * Longhorn's rules of placement (longhorn-manager v1.7.2 and v1.12.1, scheduler/replica_scheduler.go) over what is seen of Longhorn at one moment.
 *
 * **How many replicas could be placed** is the number that the rules let lie side by side, as if all were to be found a place now:
 * - A disk counts where node and disk allow scheduling, no eviction is asked for, node (Ready, Schedulable) and disk (Ready) are well, it is of the kind
 *   that the data engine wants, and node and disk bear every tag that is asked for; who asks for none comes to what has some unless a setting forbids it.
 * - It must have room: Schedulable, enough really free, enough not promised yet. But **a replica that lives there (it did not fail, and is not being
 *   evicted) keeps its place**, however full the disk is. That is all that living replicas are spared: rules that were changed since are the rules.
 * - Where zones must differ, each zone gives one; else where nodes must differ, each node; else each disk as many as have room, or one where disks must
 *   differ. Disks lie in nodes and nodes in zones, so that the sum over the groups is the exact maximum: no matching is to be searched.
 *
 * **What a disk that is taken away holds is not counted afterwards**, though it still lives there: it is taken away because it may fail, and what is on it
 * must find another place then. So of four storage nodes one may be restricted beside volumes of three replicas, and a second one may not.
 *
 * **Before the change**, what it concerns counts by what its owner wrote alone (tags, kind, allowScheduling; of a change of tags not even that): a disk
 * that is not ready, full, or restricted for its health now may come back, and is not given up for that while it is away.
 *
 * Not seen, and taken for good: engine images and instance managers on a node, backing images' own selectors, the limits of a filesystem's file size.
 */
import type { LonghornView } from "../state/longhorn/longhorn-holder.ts";
import type { Change, Loser, TakePlacement } from "./placement.ts";
import { type Demand, demandOfClass, demandOfVolume } from "./scheduler/demand.ts";
import { homelessVolumes } from "./scheduler/homeless-volumes.ts";
import { isAllowed, isOpen, type Place, placesOf, roomFor, suits } from "./scheduler/places.ts";
import { type SchedulerSettings, schedulerSettings } from "./scheduler/scheduler-settings.ts";

/** Takes it. Nothing is computed before it is asked. */
export const takePlacement: TakePlacement = (longhorn) => {
  if (longhorn.knowledge.kind !== "known") return undefined;
  const settings = schedulerSettings(longhorn);
  const places = placesOf(longhorn.nodes());
  const open = places.filter(isOpen);
  /** By what is asked for: thousands of volumes ask for few different things. */
  const suiting = new Map<string, readonly Place[]>();
  let demands: readonly Demand[] | undefined;

  function suitingPlaces(demand: Demand): readonly Place[] {
    const known = suiting.get(demand.asks) ?? open.filter((place) => suits(place, demand, settings));
    suiting.set(demand.asks, known);
    return known;
  }

  return {
    losersOf(change) {
      demands ??= demandsOf(longhorn, settings);
      const touched = places.flatMap((place) => touchedPlace(place, change) ?? []);
      if (touched.length === 0) return [];
      const effects = new Map<string, Effect>();
      const losers = demands.flatMap((demand) => {
        const effect = effects.get(demand.asks) ?? effectOn(demand, touched, suitingPlaces(demand), settings);
        effects.set(demand.asks, effect);
        return loserOf(demand, effect, settings, longhorn) ?? [];
      });
      return losers.sort((a, b) => compare(a.shown, b.shown) || compare(a.kind, b.kind) || compare(a.name, b.name));
    },
    homelessOf: (node, disk) => homelessVolumes({ longhorn, settings, open }, node, disk),
  };
};

/** A place that a change concerns. */
interface Touched {
  readonly place: Place;
  /** Nothing new is to be placed there afterwards. */
  readonly isTaken: boolean;
  readonly tagsAfter: { readonly disk: readonly string[]; readonly node: readonly string[] };
}

function touchedPlace(place: Place, change: Change): Touched | undefined {
  const { key, node, disk } = place;
  const isTaken = change.withoutDisks?.has(key) === true || change.withoutNodes?.has(node.name) === true;
  const tagsAfter = {
    disk: without(disk.tags, change.withoutDiskTags?.get(key)),
    node: without(node.tags, change.withoutNodeTags?.get(node.name)),
  };
  const isOtherwise = tagsAfter.disk !== disk.tags || tagsAfter.node !== node.tags;
  return isTaken || isOtherwise ? { place, isTaken, tagsAfter } : undefined;
}

function without(tags: readonly string[], gone: ReadonlySet<string> | undefined): readonly string[] {
  return gone !== undefined && tags.some((tag) => gone.has(tag)) ? tags.filter((tag) => !gone.has(tag)) : tags;
}

function demandsOf(longhorn: Omit<LonghornView, "subscribe">, settings: SchedulerSettings): readonly Demand[] {
  return [
    ...longhorn.volumes().map((volume) => demandOfVolume(volume, settings, longhorn)),
    ...longhorn.storageClasses().map((each) => demandOfClass(each, settings)),
  ];
}

/** What a change does to all who ask for the same. */
interface Effect {
  /** Places that suit afterwards. */
  readonly left: readonly Place[];
  /** Places that would have suited without it, by what their owners wrote. */
  readonly lost: readonly Place[];
}

function effectOn(demand: Demand, touched: readonly Touched[], suiting: readonly Place[], settings: SchedulerSettings): Effect {
  const keeps = ({ place, isTaken, tagsAfter }: Touched): boolean => !isTaken && suits(place, demand, settings, tagsAfter);
  const isLost = (each: Touched): boolean =>
    (!each.isTaken || isAllowed(each.place)) && suits(each.place, demand, settings) && !keeps(each);
  const lost = touched.filter(isLost).map(({ place }) => place);
  if (lost.length === 0) return { left: suiting, lost };
  const changed = new Set(touched.map(({ place }) => place.key));
  const kept = touched.filter((each) => isOpen(each.place) && keeps(each)).map(({ place }) => place);
  return { left: [...kept, ...suiting.filter(({ key }) => !changed.has(key))], lost };
}

function loserOf(
  demand: Demand,
  { left, lost }: Effect,
  settings: SchedulerSettings,
  longhorn: Pick<LonghornView, "replicasOfVolume">,
): Loser | undefined {
  const { kind, name, shown, wants } = demand;
  const room = (place: Place): number => roomFor(place, demand, settings);
  // Nearly always there is room for all of it anew, and nobody need ask where it lives.
  if (lost.length === 0 || countPlaces(demand, left, room) >= wants) return undefined;
  const living = livingOf(demand, longhorn);
  const roomOrLife = (place: Place): number => (living.get(place.disk.status?.uuid ?? "") ?? 0) + room(place);
  const after = countPlaces(demand, left, roomOrLife);
  const gone = new Set(lost);
  const before = countPlaces(demand, [...lost, ...left], (place) => (gone.has(place) ? wants : roomOrLife(place)));
  return after >= wants || after >= before ? undefined : { kind, name, shown, wants, placeable: after };
}

/** How many lie side by side, counted up to as many as are wanted. */
function countPlaces({ isApart, wants }: Demand, places: readonly Place[], roomOf: (place: Place) => number): number {
  const groups = new Set<string>();
  let count = 0;
  for (const place of places) {
    if (count >= wants) break;
    const group = isApart.zone ? place.node.zone : isApart.node ? place.node.name : undefined;
    if (group !== undefined && groups.has(group)) continue;
    const room = roomOf(place);
    if (room === 0) continue;
    if (group === undefined) count += isApart.disk ? 1 : room;
    else {
      groups.add(group);
      count += 1;
    }
  }
  return Math.min(count, wants);
}

const nobody: ReadonlyMap<string, number> = new Map();

/** How many of its replicas live on a disk, by the disk's UUID. */
function livingOf({ kind, name }: Demand, longhorn: Pick<LonghornView, "replicasOfVolume">): ReadonlyMap<string, number> {
  if (kind === "storage-class") return nobody;
  const living = new Map<string, number>();
  for (const { diskUuid, isFailed, isEvicting } of longhorn.replicasOfVolume(name)) {
    if (diskUuid !== "" && !isFailed && !isEvicting) living.set(diskUuid, (living.get(diskUuid) ?? 0) + 1);
  }
  return living;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
