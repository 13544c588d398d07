/** What is to be placed: a volume with its replicas, or those that a StorageClass would make. */
import type { LonghornView } from "../../state/longhorn/longhorn-holder.ts";
import type { LonghornStorageClass, LonghornVolume, SoftAntiAffinity } from "../../state/longhorn/longhorn-volume.ts";
import type { Loser } from "../placement.ts";
import type { SchedulerSettings } from "./scheduler-settings.ts";

/** One of them. */
export interface Demand extends Pick<Loser, "kind" | "name" | "shown" | "wants"> {
  readonly sizeBytes: number;
  /** What is stored of it by now. */
  readonly actualBytes: number;
  readonly diskSelector: readonly string[];
  readonly nodeSelector: readonly string[];
  readonly dataEngine: string;
  /** Whether no two of its replicas may share a node, a zone, a disk. */
  readonly isApart: Readonly<Record<"node" | "zone" | "disk", boolean>>;
  /** The only node that it may lie on; undefined: any. */
  readonly onlyNode: string | undefined;
  /** The same for all that the same places suit. */
  readonly asks: string;
}

/** The smallest volume that Longhorn makes (longhorn-manager, util.MinimalVolumeSize): how large those of a class will be, nobody knows. */
const smallestBytes = 10 * 1024 * 1024;

/** That of a volume. */
export function demandOfVolume(
  volume: LonghornVolume,
  settings: SchedulerSettings,
  longhorn: Pick<LonghornView, "replicasOfVolume">,
): Demand {
  const { name, sizeBytes, actualBytes, replicaCount: wants, diskSelector, nodeSelector, dataEngine, claim } = volume;
  return {
    ...{ kind: "volume", name, wants, sizeBytes, actualBytes, diskSelector, nodeSelector, dataEngine },
    shown: claim === undefined ? name : `${claim.namespace}/${claim.name}`,
    isApart: apart(volume.softAntiAffinity, settings),
    ...placed(volume, onlyNodeOf(volume, longhorn)),
  };
}

/** That of a class. Longhorn's settings count where a class does not say. */
export function demandOfClass(storageClass: LonghornStorageClass, settings: SchedulerSettings): Demand {
  const { name, replicaCount: wants, diskSelector, nodeSelector, dataEngine } = storageClass;
  return {
    ...{ kind: "storage-class", name, shown: name, wants, diskSelector, nodeSelector, dataEngine },
    ...{ sizeBytes: smallestBytes, actualBytes: 0 },
    ...placed(storageClass, undefined),
    isApart: apart({ node: "ignored", zone: "ignored", disk: "ignored" }, settings),
  };
}

function placed(
  { dataEngine, diskSelector, nodeSelector }: Pick<Demand, "dataEngine" | "diskSelector" | "nodeSelector">,
  onlyNode: string | undefined,
): Pick<Demand, "onlyNode" | "asks"> {
  return { onlyNode, asks: [dataEngine, diskSelector.join(), nodeSelector.join(), onlyNode ?? ""].join("\n") };
}

function apart(
  own: Readonly<Record<"node" | "zone" | "disk", SoftAntiAffinity>>,
  { softAntiAffinity }: SchedulerSettings,
): Demand["isApart"] {
  const isApart = (level: "node" | "zone" | "disk"): boolean =>
    own[level] === "ignored" ? !softAntiAffinity[level] : own[level] === "disabled";
  return { node: isApart("node"), zone: isApart("zone"), disk: isApart("disk") };
}

/** A volume that is to be strictly local lies where it is used; while nobody uses it, where it lies. */
function onlyNodeOf(
  { name, dataLocality, attachedTo }: LonghornVolume,
  longhorn: Pick<LonghornView, "replicasOfVolume">,
): string | undefined {
  if (dataLocality !== "strict-local") return undefined;
  if (attachedTo !== "") return attachedTo;
  return longhorn.replicasOfVolume(name).find(({ node }) => node !== "")?.node;
}
