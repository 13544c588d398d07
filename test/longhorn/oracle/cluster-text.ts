/** A cluster in few lines, for a person who wants to see why something failed. */
import type { LonghornDisk, LonghornNode } from "../../../collector/src/state/longhorn/longhorn-node.ts";
import type { Snapshot } from "./snapshot.ts";

/** The lines. Sizes are GiB. */
export function clusterText(snapshot: Snapshot): string {
  const volumes = snapshot.volumes.map((volume) => {
    const { name, replicaCount, dataEngine, dataLocality, attachedTo, diskSelector, nodeSelector, softAntiAffinity } = volume;
    const on = snapshot.replicas
      .filter((replica) => replica.volume === name)
      .map(({ diskUuid, isFailed }) => `${diskUuid}${isFailed ? " failed" : ""}`);
    const affinity = Object.entries(softAntiAffinity).map((pair) => pair.join(" "));
    return `${name}: ${replicaCount}x ${gib(volume.sizeBytes)} (${gib(volume.actualBytes)}) ${dataEngine} ${dataLocality} at "${attachedTo}" disk [${diskSelector}] node [${nodeSelector}] ${affinity}; on ${on}`;
  });
  const classes = snapshot.classes.map(({ name, replicaCount, dataEngine, diskSelector, nodeSelector }) => {
    return `${name}: ${replicaCount}x ${dataEngine} disk [${diskSelector}] node [${nodeSelector}]`;
  });
  return [...snapshot.nodes.flatMap(nodeLines), ...volumes, ...classes, JSON.stringify(snapshot.settings)].join("\n");
}

function nodeLines({ name, zone, tags, conditions, allowScheduling, isDeleting, disks }: LonghornNode): readonly string[] {
  const troubles = conditions.filter(({ status }) => status !== "True").map(({ type }) => `not ${type}`);
  const closed = [...troubles, ...(allowScheduling ? [] : ["closed"]), ...(isDeleting ? ["goes"] : [])];
  return [`${name} zone "${zone}" [${tags}] ${closed}`, ...[...disks.values()].map(diskLine)];
}

function diskLine({ name, type, tags, allowScheduling, evictionRequested, storageReservedBytes, status }: LonghornDisk): string {
  const closed = [...(allowScheduling ? [] : ["closed"]), ...(evictionRequested ? ["is emptied"] : [])];
  const state =
    status === undefined
      ? "nothing found"
      : `${gib(status.availableBytes)} free of ${gib(status.maximumBytes)}, ${gib(status.scheduledBytes)} promised, ${gib(storageReservedBytes)} reserved${status.isReady ? "" : ", not ready"}${status.isSchedulable ? "" : ", not schedulable"}`;
  return `  ${name} ${type} [${tags}] ${closed} ${state}`;
}

function gib(bytes: number): string {
  return String(Math.round((bytes / 2 ** 30) * 100) / 100);
}
