/** What dies: a node, or one of its disks with all that goes with it. */
import type { Blast } from "@nodekeeper/shared/api";
import type { LonghornDisk } from "../../state/longhorn/longhorn-node.ts";
import type { LonghornReplica } from "../../state/longhorn/longhorn-volume.ts";
import type { Picture } from "../picture.ts";
import { deadDevices, isInside, isRemoteFolder } from "./dead-devices.ts";
import type { FoundDisk } from "./find-disk.ts";

/** A death. */
export interface Death {
  readonly target: Blast["target"];
  readonly node: string;
  /** The machine stands still: it died itself, or its system did. */
  readonly takesNode: boolean;
  /** Disks of Longhorn whose data are gone. */
  readonly longhornDisks: readonly LonghornDisk[];
  /** What becomes of a copy of a volume. */
  fateOf(replica: Pick<LonghornReplica, "node" | "diskUuid">): "stays" | "gone" | "cut-off";
  /** Whether what lies in a folder of the node is gone; undefined: it cannot be told. */
  isGone(folder: string): boolean | undefined;
  readonly unknown: readonly string[];
}

/** Where an operating system, its containers and K3s keep what they cannot run without. */
const systemFolders = [
  ...["/", "/usr", "/var", "/etc", "/var/lib/rancher/k3s", "/var/lib/rancher/rke2", "/var/lib/kubelet", "/var/lib/containerd"],
  ...["/var/lib/etcd", "/var/lib/rancher/k3s/server/db"],
];

/** Why the whole node goes with a disk, beside its name. */
const systemText = "which its system or K3s lies on";

/** The whole node dies. */
export function deathOfNode({ node, longhorn, machine }: Picture): Death {
  return {
    target: { kind: "node", node, shown: node },
    node,
    takesNode: true,
    longhornDisks: [...(longhorn.node(node)?.disks.values() ?? [])],
    fateOf: (replica) => (replica.node === node ? "gone" : "stays"),
    isGone: (folder) => machine === undefined || !isRemoteFolder(machine, folder),
    unknown: [],
  };
}

/** One disk of it dies. */
export function deathOfDisk(picture: Picture, found: FoundDisk): Death {
  const { node, machine, matchedDisks } = picture;
  const target = { kind: "disk", node, shown: found.shown } as const;
  if (found.kind === "longhorn" || machine === undefined) {
    const longhornDisks = found.kind === "longhorn" ? [found.disk] : [];
    const doubt = `which drive stands behind it: ${found.kind === "longhorn" ? found.reason : "its agent does not report"}`;
    return {
      ...{ target, node, takesNode: false, longhornDisks, fateOf: fateBy(node, longhornDisks, false) },
      isGone: (folder) => (longhornDisks.some(({ path }) => isInside(folder, path)) ? true : undefined),
      unknown: [`${doubt}; only what Longhorn keeps on it is counted`],
    };
  }
  const dead = deadDevices(machine, found.id);
  const takesNode = systemFolders.some((folder) => dead.isGone(folder) === true);
  const longhornDisks = matchedDisks.flatMap(({ disk, match }) => {
    if (match.kind !== "matched") return [];
    const isGone = disk.type === "block" ? match.blockDevices.includes(found.id) : dead.mountPoints.has(match.mountPoint);
    return isGone ? [disk] : [];
  });
  const unmatched = matchedDisks.flatMap(({ disk, match }) => {
    if (match.kind === "matched") return [];
    return [`whether Longhorn's ${disk.name} lies on it: ${match.kind === "unknown" ? match.reason : match.text}`];
  });
  return {
    ...{ target: { ...target, disk: found.id, shown: takesNode ? `${found.shown}, ${systemText},` : found.shown } },
    ...{ node, takesNode, longhornDisks },
    fateOf: fateBy(node, longhornDisks, takesNode),
    isGone: dead.isGone,
    unknown: [...dead.unknown, ...unmatched],
  };
}

function fateBy(node: string, disks: readonly LonghornDisk[], takesNode: boolean): Death["fateOf"] {
  const uuids = new Set(disks.flatMap(({ status }) => (status === undefined || status.uuid === "" ? [] : [status.uuid])));
  return (replica) => {
    if (replica.node === node && uuids.has(replica.diskUuid)) return "gone";
    return takesNode && replica.node === node ? "cut-off" : "stays";
  };
}
