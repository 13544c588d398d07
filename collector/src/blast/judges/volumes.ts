/** What becomes of Longhorn's volumes: whose last whole copy dies, which go on with fewer, and which are attached there. */
import { inWords } from "@nodekeeper/shared";
import type { BlastItem } from "@nodekeeper/shared/api";
import { formatSize } from "@nodekeeper/shared/format";
import type { LonghornVolume } from "../../state/longhorn/longhorn-volume.ts";
import type { Death } from "../death/death.ts";
import type { Picture } from "../picture.ts";
import { type Copies, copiesOf } from "./copies.ts";
import { details, type Judgement, nothing } from "./judgement.ts";

/** With the claims whose data nobody can read any more, and why: "is lost", "stands still". */
export interface VolumeJudgement extends Judgement {
  readonly brokenClaims: ReadonlyMap<string, string>;
  /** Volumes whose last whole copy is there, by name. */
  readonly lost: readonly LonghornVolume[];
}

/** How it is with each volume. */
export function judgeVolumes(picture: Picture, death: Death, isApiLost: boolean): VolumeJudgement {
  const { longhorn, placement } = picture;
  const none = { ...nothing, brokenClaims: new Map<string, string>(), lost: [] };
  if (longhorn.knowledge.kind === "absent") return none;
  if (longhorn.knowledge.kind === "unknown") {
    const { problem } = longhorn.knowledge;
    return { ...none, unknown: [`Longhorn's volumes: ${problem ?? "they were not listed yet"}`] };
  }
  const homeless = new Set(death.longhornDisks.flatMap(({ name }) => placement?.homelessOf(death.node, name) ?? []));
  const items: BlastItem[] = [];
  const lost: LonghornVolume[] = [];
  const brokenClaims = new Map<string, string>();
  for (const volume of longhorn.volumes()) {
    const copies = copiesOf(volume.name, picture, death);
    const own = fateOf(volume, copies, death.node, homeless.has(volume.name) && !isApiLost);
    if (own !== undefined) items.push(itemOf(volume, copies, own));
    if (own?.kind === "volume-lost") {
      brokenClaims.set(claimOf(volume), own.severity === "lost" ? "is lost" : "stands still");
      if (own.severity === "lost") lost.push(volume);
    } else if (death.takesNode && volume.attachedTo === death.node) {
      items.push(itemOf(volume, copies, detachedFate(isApiLost)));
    }
  }
  return { items, lost, brokenClaims, unknown: [] };
}

/** A volume as people know it. */
export function claimOf({ claim, name }: Pick<LonghornVolume, "claim" | "name">): string {
  return claim === undefined ? name : `${claim.namespace}/${claim.name}`;
}

type Fate = Pick<BlastItem, "kind" | "severity" | "text">;

function fateOf({ replicaCount, claim }: LonghornVolume, copies: Copies, node: string, isHomeless: boolean): Fate | undefined {
  const { gone, cutOff, left, away, failedHere, failedElsewhere } = copies;
  const whole = gone.length + cutOff.length;
  const users = claim?.workloads ?? [];
  const use = users.length === 0 ? "" : `; ${inWords(users)} ${users.length === 1 ? "uses" : "use"} it`;
  if (whole === 0) {
    const isFaulted = left.length + away.length === 0 && failedHere.length > 0 && failedElsewhere.length === 0;
    if (!isFaulted) return undefined;
    const text = "is faulted now, and what could be salvaged of it lies nowhere else";
    return { kind: "volume-lost", severity: "lost", text };
  }
  if (left.length > 0) {
    const rebuilt = isHomeless ? "; as things are, no other disk could take what it misses" : "";
    const text = `goes on with ${left.length} of ${replicaCount} replicas (${inWords(left)})${rebuilt}`;
    return { kind: "volume-degraded", severity: "degraded", text };
  }
  if (away.length > 0) {
    const text = `stands still: its only other whole copy is on ${inWords(away)}, which cannot be reached now${use}`;
    return { kind: "volume-lost", severity: "outage", text };
  }
  if (cutOff.length > 0) {
    const text = `stands still until ${node} runs again: its last whole copy is on another disk of it${use}`;
    return { kind: "volume-lost", severity: "outage", text };
  }
  const others = failedElsewhere.length === 0 ? "" : `; what is left on ${inWords(failedElsewhere)} has failed and is behind`;
  const only = replicaCount === 1 ? "its only replica is here" : "its last whole copy is here";
  return { kind: "volume-lost", severity: "lost", text: `${only}${others}${use}` };
}

function detachedFate(isApiLost: boolean): Fate {
  return isApiLost
    ? {
        kind: "volume-detached",
        severity: "outage",
        text: "is attached here, and cannot be attached elsewhere without the cluster's API",
      }
    : { kind: "volume-detached", severity: "moves", text: "is attached here: it stands still until its pod runs elsewhere" };
}

function itemOf(
  volume: LonghornVolume,
  { gone, cutOff, left, away, failedHere, failedElsewhere }: Copies,
  fate: Fate,
): BlastItem {
  return {
    ...fate,
    name: claimOf(volume),
    detail: details({
      volume: volume.name,
      size: formatSize(volume.sizeBytes),
      "whole copies": [...gone, ...cutOff, ...left].sort().join(", "),
      "whole copies out of reach": away.join(", "),
      "failed copies": [...failedHere, ...failedElsewhere].sort().join(", "),
      "attached to": volume.attachedTo,
      "used by": volume.claim?.workloads.join(", ") ?? "",
      "last backup": volume.lastBackupAtMs === undefined ? "never" : new Date(volume.lastBackupAtMs).toISOString(),
    }),
  };
}
