/** Claims whose data lie on the node itself and live nowhere else: local-path, hostPath, and drivers that bind a volume to a node. */
import { inWords } from "@nodekeeper/shared";
import type { BlastItem } from "@nodekeeper/shared/api";
import type { Death } from "../death/death.ts";
import { type LocalVolume, nodesOfVolume } from "../objects/local-volume.ts";
import type { Picture } from "../picture.ts";
import { details, type Judgement } from "./judgement.ts";

/** With the volumes that are lost. */
export interface LocalJudgement extends Judgement {
  readonly lost: readonly LocalVolume[];
}

/** How it is with each of them. */
export function judgeLocalClaims(picture: Picture, death: Death): LocalJudgement {
  const { localVolumes, nodes } = picture;
  if (localVolumes.kind === "failed") return { items: [], lost: [], unknown: [`local volumes: ${localVolumes.reason}`] };
  if (nodes.kind === "failed") return { items: [], lost: [], unknown: [`where local volumes lie: ${nodes.reason}`] };
  const unknown: string[] = [];
  const homeless: string[] = [];
  const inOrder = localVolumes.value.toSorted((a, b) => shown(a).localeCompare(shown(b), "en"));
  const lost = inOrder.filter((volume) => {
    // Released ones still hold what somebody may want; in one that nobody claimed there is nothing.
    if (volume.claim === undefined) return false;
    const place = placeOf(picture, volume);
    if (place === "elsewhere") return false;
    if (place === "unknown") {
      homeless.push(shown(volume));
      return false;
    }
    const isGone =
      volume.folder === undefined
        ? death.takesNode && death.target.kind === "node"
          ? true
          : undefined
        : death.isGone(volume.folder);
    if (isGone === undefined) unknown.push(`whether ${shown(volume)} lies on it (${volume.folder ?? volume.driver})`);
    return isGone === true;
  });
  if (homeless.length > 0) unknown.push(`on which node the data of ${inWords(homeless)} lie: the volume does not say`);
  return { items: lost.map((volume) => itemOf(volume, death)), lost, unknown };
}

/** Local volumes of the node, whatever of it dies. */
export function localVolumesOf(picture: Picture): readonly LocalVolume[] {
  const { localVolumes } = picture;
  if (localVolumes.kind === "failed") return [];
  return localVolumes.value.filter((volume) => volume.claim !== undefined && placeOf(picture, volume) === "here");
}

function placeOf(picture: Picture, volume: LocalVolume): "here" | "elsewhere" | "unknown" {
  const { nodes, node, pods } = picture;
  const names = nodes.kind === "read" ? nodesOfVolume(volume, nodes.value) : undefined;
  const isUsedHere =
    pods.kind === "read" && pods.value.some((pod) => pod.claims.some((claim) => `${pod.namespace}/${claim}` === volume.claim));
  if (names === undefined || (names.length > 1 && names.includes(node)))
    return isUsedHere ? "here" : names === undefined ? "unknown" : "elsewhere";
  return names.includes(node) ? "here" : "elsewhere";
}

function itemOf(volume: LocalVolume, { node }: Death): BlastItem {
  const { name, folder, driver, size, phase } = volume;
  const where = folder === undefined ? `with ${driver} on ${node}` : `in ${folder} on ${node}`;
  const past = phase === "Released" ? " (nobody uses it any more, and it was kept)" : "";
  return {
    kind: "local-claim-lost",
    severity: "lost",
    name: shown(volume),
    text: `lives nowhere else than ${where}${past}`,
    detail: details({ volume: name, size, folder: folder ?? "" }),
  };
}

function shown({ claim, name }: LocalVolume): string {
  return claim ?? name;
}
