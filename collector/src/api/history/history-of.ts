/** Numbers of a node over time, and with them those of its disks from before they came to it. */
import type { History, HistorySeries } from "@nodekeeper/shared/api";
import type { StateHolder } from "../../state/holder.ts";
import type { InventoryItem } from "../../state/node-inventory.ts";
import type { HistoryRequest, Store } from "../../store/store.ts";
import { type FormerPlace, formerPlaces } from "./former-places.ts";

/** What it reads. */
export interface HistorySources {
  readonly state: Pick<StateHolder, "node" | "nodes">;
  readonly store: Pick<Store, "history">;
}

/** Kinds whose subjects are disks, which go from machine to machine. */
const diskKinds: ReadonlySet<string> = new Set(["block_device", "disk_health"]);

/** Asks the store for a node, and for each place in which one of its disks was before. */
export async function historyOf({ state, store }: HistorySources, request: HistoryRequest): Promise<History> {
  const history = await store.history(request);
  const node = diskKinds.has(request.kind) ? state.node(request.node) : undefined;
  if (node === undefined) return history;
  const disks = (node.inventory?.items ?? []).filter((item) => isDiskHere(item, request.id));
  let series: readonly HistorySeries[] = history.series;
  for (const [place, ids] of placesOf(disks, (disk) => formerPlaces(state.nodes(), node, disk))) {
    if (place.untilMs < request.fromMs) continue;
    const toMs = Math.min(request.toMs, place.untilMs);
    const before = await store.history({ ...request, node: place.node, toMs, resolution: history.resolution });
    series = joined(
      series,
      before.series.filter(({ id }) => ids.has(id)),
    );
  }
  return series === history.series ? history : { ...history, series: [...series] };
}

function isDiskHere({ attachment, gone, id, identities }: InventoryItem, wanted: string | undefined): boolean {
  if (attachment === undefined || gone !== undefined) return false;
  return wanted === undefined || id === wanted || identities.includes(wanted);
}

/** Each place once, with the names of all disks that were there; the last one first, so that what was later is joined first. */
function placesOf(
  disks: readonly InventoryItem[],
  placesOfDisk: (disk: InventoryItem) => readonly FormerPlace[],
): readonly (readonly [FormerPlace, ReadonlySet<string>])[] {
  const places = new Map<string, { readonly place: FormerPlace; readonly ids: Set<string> }>();
  for (const disk of disks) {
    const names = [disk.id, ...disk.identities].filter((name) => !name.startsWith("name:"));
    for (const place of placesOfDisk(disk)) {
      const key = `${place.node} ${place.untilMs}`;
      const known = places.get(key) ?? { place, ids: new Set() };
      for (const name of names) known.ids.add(name);
      places.set(key, known);
    }
  }
  const all = [...places.values()].sort((a, b) => b.place.untilMs - a.place.untilMs);
  return all.map(({ place, ids }) => [place, ids]);
}

/** What was before, before what is known already. */
function joined(known: readonly HistorySeries[], before: readonly HistorySeries[]): readonly HistorySeries[] {
  if (before.length === 0) return known;
  const keyOf = ({ id, name }: HistorySeries): string => `${id} ${name}`;
  const earlier = new Map(before.map((series) => [keyOf(series), series]));
  const after = known.map((series) => {
    const first = earlier.get(keyOf(series));
    earlier.delete(keyOf(series));
    return first === undefined ? series : joinedSeries(first, series);
  });
  return [...after, ...earlier.values()];
}

/** In the order of time: a disk is in one place at a time. Where both have a point of one time (an hour in which it was moved), the later place has it. */
function joinedSeries(before: HistorySeries, after: HistorySeries): HistorySeries {
  const own = new Set(after.at);
  const points = [
    ...before.at.flatMap((atMs, index) => (own.has(atMs) ? [] : [{ atMs, of: before, index }])),
    ...after.at.map((atMs, index) => ({ atMs, of: after, index })),
  ].sort((a, b) => a.atMs - b.atMs);
  const both = (values: (series: HistorySeries) => readonly (number | null)[]): (number | null)[] =>
    points.map(({ of, index }) => values(of)[index] ?? null);
  const hasRange = before.minimum !== undefined || after.minimum !== undefined;
  return {
    ...after,
    at: points.map(({ atMs }) => atMs),
    average: both(({ average }) => average),
    ...(hasRange
      ? {
          minimum: both(({ minimum, average }) => minimum ?? average),
          maximum: both(({ maximum, average }) => maximum ?? average),
        }
      : {}),
  };
}
