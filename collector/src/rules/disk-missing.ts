/**
 * A disk that was built in is not there any more, as a fresh and complete list of the node's disks shows. An agent that is silent proves
 * nothing: then the disks are unknown, and node-not-reporting says so. The finding ends when the disk is back, when it turns up on another
 * node, or when it has been gone for so long that it was surely taken out: the API is read-only until it knows who asks, so that nobody can
 * say it sooner.
 */
import type { Severity } from "@nodekeeper/shared/api";
import { defineRule, type Rule, type Verdict } from "../evaluate/rule.ts";
import { isOfOtherMachine } from "../inventory/take-stock.ts";
import type { InventoryItem } from "../state/node-inventory.ts";
import type { NodeView } from "../state/node-view.ts";
import { evidenceOf, type Fact } from "./support/evidence.ts";
import { givenUpBy } from "./support/kernel-causes.ts";
import { hasWeakPower } from "./support/weak-power.ts";

const dayMs = 24 * 3_600_000;
/** Disks that spin up slowly are found by then. */
const startingMs = 3 * 60_000;
/** Whoever has not put it back by then knows of it. */
const loudForMs = 7 * dayMs;
/** It was taken out. */
const missedForMs = 30 * dayMs;

export const diskMissing: Rule = defineRule({
  code: "disk-missing",
  title: "Disk is missing",
  severity: "medium",
  holdMs: 30_000, // a controller that resets its disk needs less; with a reading each minute it is said within two
  clearMs: 0, // what is back is back
  dependsOn: ["node-not-reporting"],
  evaluate: judge,
});

function judge(view: NodeView): readonly Verdict[] {
  const { inventory, machineId } = view.node;
  // Another machine bears the name now; what the one before had is not missed here.
  if (inventory === undefined || isOfOtherMachine(inventory, machineId)) return [];
  const disks = inventory.items.filter((item) => item.attachment !== undefined && item.attachment !== "removable");
  const here = new Set(disks.filter((disk) => disk.gone === undefined).map((disk) => disk.id));
  const isKnown = hasFreshList(view) && !isStarting(view);
  // A disk of another identity may have taken the id of one that is gone.
  return disks.flatMap((disk) => (disk.gone !== undefined && here.has(disk.id) ? [] : [judgeDisk(disk, view, isKnown)]));
}

function hasFreshList({ lists }: NodeView): boolean {
  return lists.some((list) => list.kind === "block_device" && list.isComplete && list.freshness === "fresh");
}

/** A machine that was just switched on may still be looking for its disks. */
function isStarting({ subjects, nowMs }: NodeView): boolean {
  const system = subjects.find((subject) => subject.kind === "operating_system");
  const uptimeSeconds = system?.samples.get("uptime_seconds");
  if (uptimeSeconds === undefined || system?.samplesAtMs === undefined) return false;
  return uptimeSeconds * 1000 + (nowMs - system.samplesAtMs) < startingMs;
}

function judgeDisk(disk: InventoryItem, view: NodeView, isKnown: boolean): Verdict {
  const { nowMs } = view;
  const { kind, id, gone } = disk;
  const subject = { kind, id };
  const isMissed = gone?.reason === "missing" && nowMs - gone.sinceMs < missedForMs;
  if (gone === undefined || !isMissed) return { kind: "clear", subject };
  if (!isKnown) return { kind: "hold", subject, reason: "the node cannot say now which disks it has" };
  const isForPower = hasWeakPower(view);
  const causes = givenUpBy(id, view, isForPower);
  return {
    kind: "raise",
    subject,
    severity: severityOf(disk, nowMs - gone.sinceMs),
    ...(causes.length === 0 ? {} : { dependsOn: causes }),
    text: `${disk.name} is missing`,
    action: `${isForPower ? "Mend the power supply first, which is too weak. " : ""}${actionOf(disk)}`,
    evidence: evidenceOf({ cause: isForPower ? "power" : undefined, ...factsOf(disk, gone.sinceMs) }, gone.sinceMs),
  };
}

/** What it was, with the names that evidence has: size_bytes of sizeBytes. */
function factsOf({ fields, attachment }: InventoryItem, goneSinceMs: number): Readonly<Record<string, Fact>> {
  const known = Object.entries(fields).map(([name, value]) => [
    name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    value,
  ]);
  return { ...Object.fromEntries(known), attachment, missing_since: new Date(goneSinceMs).toISOString() };
}

/** An enclosure is unplugged more often than it breaks. */
function severityOf({ attachment }: InventoryItem, goneForMs: number): Severity {
  return attachment === "usb" || goneForMs >= loudForMs ? "low" : "medium";
}

function actionOf({ attachment }: InventoryItem): string {
  return attachment === "usb"
    ? "Plug it in again if it is meant to be there; look at its cable and power supply. If it was taken away, nothing: this ends after 30 days."
    : "Look at the kernel log of the node and at cable, slot and power of the disk; a disk that drops out has often failed. If it was taken out, nothing: this ends after 30 days.";
}
