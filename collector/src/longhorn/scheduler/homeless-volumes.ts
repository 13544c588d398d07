/**
 * Where the replicas of a disk could go, all of them at once: each in turn, the largest first, to a zone and a node without one of its volume before
 * others, and there to the disk with the most usable space, as Longhorn chooses. What is found so is a way that there is; where none is found there may be one (it is bin packing), and nothing is moved for a maybe.
 *
 * A replica goes to another disk of its own node, too, where nothing of its volume stays there (longhorn issue 3076).
 */
import type { LonghornView } from "../../state/longhorn/longhorn-holder.ts";
import type { LonghornReplica } from "../../state/longhorn/longhorn-volume.ts";
import { type Demand, demandOfVolume } from "./demand.ts";
import { type Place, type Promised, placeKey, roomFor, suits, usableBytes } from "./places.ts";
import type { SchedulerSettings } from "./scheduler-settings.ts";

/** What is known. */
export interface HomeSearch {
  readonly longhorn: Pick<LonghornView, "node" | "nodes" | "volume" | "replicasOnDisk" | "replicasOfVolume">;
  readonly settings: SchedulerSettings;
  /** Places that are open now. */
  readonly open: readonly Place[];
}

/** Names of the volumes of which a replica on the disk would find no other place; sorted, each once. A disk that never was ready has none. */
export function homelessVolumes({ longhorn, settings, open }: HomeSearch, node: string, disk: string): readonly string[] {
  const uuid = longhorn.node(node)?.disks.get(disk)?.status?.uuid ?? "";
  const left = uuid === "" ? [] : longhorn.replicasOnDisk(uuid).filter(({ isFailed }) => !isFailed);
  const others = open.filter(({ key }) => key !== placeKey(node, disk));
  const zoneOf = new Map(longhorn.nodes().map(({ name, zone }) => [name, zone]));
  const from = { node, zone: zoneOf.get(node) };
  const promised = new Map<string, Promised>();
  /** By volume: where its replicas are that do not move, and where those go that do. */
  const settled = new Map<string, Settled>();
  const homeless = new Set<string>();

  for (const replica of [...left].sort((a, b) => b.sizeBytes - a.sizeBytes)) {
    const volume = longhorn.volume(replica.volume);
    if (volume === undefined) continue; // it is being deleted
    const demand = demandOfVolume(volume, settings, longhorn);
    const stays = settled.get(volume.name) ?? settledOf(longhorn.replicasOfVolume(volume.name), uuid, zoneOf);
    settled.set(volume.name, stays);
    const isBetter = (one: Place, other: Place): boolean => {
      const shared = sharing(one, stays, from) - sharing(other, stays, from);
      return shared === 0
        ? usableBytes(one.disk, promised.get(one.key)) > usableBytes(other.disk, promised.get(other.key))
        : shared < 0;
    };
    let home: Place | undefined;
    for (const place of others) {
      if (!isFree(place, demand, stays, from) || !suits(place, demand, settings)) continue;
      if (roomFor(place, demand, settings, promised.get(place.key)) === 0) continue;
      if (home === undefined || isBetter(place, home)) home = place;
    }
    if (home === undefined || volume.robustness === "faulted") {
      homeless.add(volume.name);
      continue;
    }
    const before = promised.get(home.key) ?? { scheduledBytes: 0, actualBytes: 0 };
    promised.set(home.key, {
      scheduledBytes: before.scheduledBytes + demand.sizeBytes,
      actualBytes: before.actualBytes + demand.actualBytes,
    });
    stays.nodes.add(home.node.name);
    stays.zones.add(home.node.zone);
    stays.disks.add(home.disk.status?.uuid ?? "");
  }
  return [...homeless].sort();
}

/** Where the replicas are that are to go. */
interface From {
  readonly node: string;
  readonly zone: string | undefined;
}

interface Settled {
  readonly nodes: Set<string>;
  readonly zones: Set<string>;
  /** UUIDs. */
  readonly disks: Set<string>;
}

function settledOf(replicas: readonly LonghornReplica[], leftUuid: string, zoneOf: ReadonlyMap<string, string>): Settled {
  const staying = replicas.filter(({ diskUuid, isFailed }) => diskUuid !== "" && diskUuid !== leftUuid && !isFailed);
  return {
    nodes: new Set(staying.map(({ node }) => node)),
    zones: new Set(staying.flatMap(({ node }) => zoneOf.get(node) ?? [])),
    disks: new Set(staying.map(({ diskUuid }) => diskUuid)),
  };
}

/** Of what is left, the node itself is free again. Another node of its zone is not while zones must differ: for Longhorn the zone is used still. */
function isFree({ node, disk }: Place, { isApart }: Demand, { nodes, zones, disks }: Settled, from: From): boolean {
  if (isApart.disk && disks.has(disk.status?.uuid ?? "")) return false;
  if (isApart.zone) return !zones.has(node.zone) && (node.zone !== from.zone || node.name === from.node);
  return !isApart.node || !nodes.has(node.name);
}

/** 0: nothing of its volume is in the zone; 1: nothing is on the node; 2: something is. */
function sharing({ node }: Place, { nodes, zones }: Settled, from: From): number {
  if (nodes.has(node.name) || node.name === from.node) return 2;
  return zones.has(node.zone) || node.zone === from.zone ? 1 : 0;
}
