/**
 * What Longhorn could do, found by doing it: every replica is placed by Longhorn's own rules (scheduler.ts), in every way in which Longhorn might choose
 * where the cluster is small, and in some ways where it is not.
 */
import type { LonghornVolume } from "../../../collector/src/state/longhorn/longhorn-volume.ts";
import { candidates, type Place, type Placed, type Room, roomByStatus, settingOf, type Wish } from "./scheduler.ts";
import type { Snapshot } from "./snapshot.ts";

/** Somebody who has replicas, or would have. */
export interface Owner {
  readonly kind: "volume" | "storage-class";
  readonly name: string;
  readonly wants: number;
  readonly wish: Wish;
  readonly room: Room;
}

/** How many replicas find a place: the least and the most, by what Longhorn happens to choose. At most as many as are wanted. */
export interface Found {
  readonly least: number;
  readonly most: number;
}

/** A replica that found a new place. */
interface Built extends Placed {
  readonly volume: string;
}

const smallDisks = 9;
/** Nothing smaller is ever made of a class. */
const smallestVolumeBytes = 10 * 2 ** 20;

/** Volumes and classes. */
export function ownersOf(snapshot: Snapshot): readonly Owner[] {
  const volumes = snapshot.volumes.map((volume) => {
    return {
      kind: "volume" as const,
      name: volume.name,
      wants: volume.replicaCount,
      wish: wishOf(snapshot, volume),
      room: withoutItself(snapshot, volume),
    };
  });
  const classes = snapshot.classes.map((each) => {
    const { name, diskSelector, nodeSelector, dataEngine } = each;
    const softAntiAffinity = { node: "ignored", zone: "ignored", disk: "ignored" } as const;
    const wish = {
      sizeBytes: smallestVolumeBytes,
      actualBytes: 0,
      diskSelector,
      nodeSelector,
      dataEngine,
      mayShare: shares(snapshot, softAntiAffinity),
      onlyNode: undefined,
    };
    return { kind: "storage-class" as const, name, wants: each.replicaCount, wish, room: roomByStatus };
  });
  return [...volumes, ...classes];
}

/** Places all of its replicas anew. */
export function place(snapshot: Snapshot, { wants, wish, room }: Owner): Found {
  const isSmall = snapshot.nodes.reduce((sum, { disks }) => sum + disks.size, 0) <= smallDisks;
  const seen = new Map<string, Found>();
  return from([]);

  function from(placed: readonly Placed[]): Found {
    if (placed.length === wants) return { least: wants, most: wants };
    const key = placed
      .map(({ node, disk }) => `${node}/${disk}`)
      .sort()
      .join(" ");
    const before = seen.get(key);
    if (before !== undefined) return before;
    const all = candidates(snapshot, wish, placed, room);
    const chosen = isSmall ? all : some(all);
    const ends = chosen.map(({ node, disk }) => from([...placed, { node: node.name, disk: disk.name, isEvicting: false }]));
    const found =
      ends.length === 0
        ? { least: placed.length, most: placed.length }
        : { least: Math.min(...ends.map(({ least }) => least)), most: Math.max(...ends.map(({ most }) => most)) };
    seen.set(key, found);
    return found;
  }
}

/** Whether the replicas on a disk could all be built elsewhere, in some order, each beside the others; and the volumes that find nothing even if they are alone. */
export function evacuate(
  snapshot: Snapshot,
  from: { readonly node: string; readonly disk: string },
): { readonly isPossible: boolean; readonly hopeless: readonly string[] } {
  const uuid = snapshot.nodes.find(({ name }) => name === from.node)?.disks.get(from.disk)?.status?.uuid ?? "";
  const leaving = uuid === "" ? [] : snapshot.replicas.filter((replica) => replica.diskUuid === uuid && !replica.isFailed);
  const emptied = {
    ...snapshot,
    nodes: snapshot.nodes.map((node) => (node.name === from.node ? closed(node, from.disk) : node)),
  };
  const volumes = leaving.flatMap(({ volume }) => snapshot.volumes.filter(({ name }) => name === volume));
  const hopeless = new Set(volumes.filter((volume) => !fits([volume], new Map(), [])).map(({ name }) => name));
  return { isPossible: fits(volumes, new Map(), []), hopeless: [...hopeless].sort() };

  function fits(
    rest: readonly LonghornVolume[],
    taken: ReadonlyMap<string, number>,
    built: readonly (Placed & { readonly volume: string })[],
  ): boolean {
    return rest.length === 0 || rest.some((volume, index) => fitsFirst(volume, rest.toSpliced(index, 1), taken, built));
  }

  function fitsFirst(
    volume: LonghornVolume,
    others: readonly LonghornVolume[],
    taken: ReadonlyMap<string, number>,
    built: readonly Built[],
  ): boolean {
    const placed = [...standing(snapshot, volume, from), ...built.filter((each) => each.volume === volume.name)];
    const wish = wishOf(snapshot, volume);
    const room: Room = ({ node, disk }, status) => {
      const siblings = built.filter(
        (each) => each.volume === volume.name && each.node === node.name && each.disk === disk.name,
      ).length;
      const own = standing(snapshot, volume, from).filter((each) => each.node === node.name && each.disk === disk.name).length;
      // The scheduler adds its size for each that is placed: what stands there already is in the status, and what was built in `taken`.
      return {
        ...status,
        scheduledBytes: status.scheduledBytes + (taken.get(keyOf({ node, disk })) ?? 0) - (siblings + own) * volume.sizeBytes,
      };
    };
    return candidates(emptied, wish, placed, room).some((chosen) => {
      const key = keyOf(chosen);
      const more = new Map([...taken, [key, (taken.get(key) ?? 0) + volume.sizeBytes]]);
      return fits(others, more, [
        ...built,
        { volume: volume.name, node: chosen.node.name, disk: chosen.disk.name, isEvicting: false },
      ]);
    });
  }
}

function wishOf(snapshot: Snapshot, volume: LonghornVolume): Wish {
  const { sizeBytes, actualBytes, diskSelector, nodeSelector, dataEngine } = volume;
  const mayShare = shares(snapshot, volume.softAntiAffinity);
  return {
    sizeBytes,
    actualBytes,
    diskSelector,
    nodeSelector,
    dataEngine,
    mayShare,
    onlyNode: boundTo(snapshot, volume),
  };
}

/** A volume that is read where it is used is where it is attached; while it is not, where its replica is. */
function boundTo(snapshot: Snapshot, { name, dataLocality, attachedTo }: LonghornVolume): string | undefined {
  if (dataLocality !== "strict-local") return undefined;
  if (attachedTo !== "") return attachedTo;
  return snapshot.replicas.find((replica) => replica.volume === name && replica.node !== "")?.node;
}

function shares(snapshot: Snapshot, own: LonghornVolume["softAntiAffinity"]): Wish["mayShare"] {
  const by = (value: string, setting: Parameters<typeof settingOf>[1]) =>
    value === "ignored" ? settingOf(snapshot, setting) === "true" : value === "enabled";
  return {
    node: by(own.node, "replica-soft-anti-affinity"),
    zone: by(own.zone, "replica-zone-soft-anti-affinity"),
    disk: by(own.disk, "replica-disk-soft-anti-affinity"),
  };
}

/** Where one of the volume's own replicas stands, one may stand, whatever the room: it takes none. */
function withoutItself(snapshot: Snapshot, volume: LonghornVolume): Room {
  return (_, status) => {
    const own = snapshot.replicas.filter(
      (replica) => replica.volume === volume.name && status.uuid !== "" && replica.diskUuid === status.uuid,
    );
    const standing = own.filter(({ isFailed, isEvicting }) => !isFailed && !isEvicting).length;
    return {
      ...status,
      scheduledBytes: status.scheduledBytes - standing * volume.sizeBytes,
      standing: status.isReady ? standing : 0,
    };
  };
}

/** Where its replicas are that count: a failed one does not. */
function standing(
  snapshot: Snapshot,
  volume: LonghornVolume,
  leaving: { readonly node: string; readonly disk: string },
): readonly Placed[] {
  return snapshot.replicas.flatMap((replica) => {
    if (replica.volume !== volume.name || replica.isFailed || replica.node === "") return [];
    const node = snapshot.nodes.find(({ name }) => name === replica.node);
    const disk = [...(node?.disks.values() ?? [])].find(({ status }) => status?.uuid === replica.diskUuid);
    const isLeaving = replica.node === leaving.node && disk?.name === leaving.disk;
    return [{ node: replica.node, disk: disk?.name ?? "", isEvicting: isLeaving || replica.isEvicting }];
  });
}

function closed(node: Snapshot["nodes"][number], name: string): Snapshot["nodes"][number] {
  const disks = [...node.disks].map(
    ([key, disk]) => [key, key === name ? { ...disk, allowScheduling: false, evictionRequested: true } : disk] as const,
  );
  return { ...node, disks: new Map(disks) };
}

/** The first, the last, and the one with the most room. */
function some(all: readonly Place[]): readonly Place[] {
  const roomiest = all.toSorted((a, b) => (b.disk.status?.availableBytes ?? 0) - (a.disk.status?.availableBytes ?? 0));
  return [...new Set([...all.slice(0, 1), ...all.slice(-1), ...roomiest.slice(0, 1)])];
}

function keyOf({ node, disk }: Place): string {
  return `${node.name}/${disk.name}`;
}
