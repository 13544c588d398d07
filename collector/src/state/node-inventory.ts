/**
 * What the collector remembers of a node's equipment: how it was last known, over restarts and silence. Plain data, since it is stored as
 * JSON. It is made by inventory/take-stock.ts alone. All times are ms since 1970 on the collector's clock.
 */

/** Everything remembered of one node. */
export interface NodeInventory {
  /** Machine that it is about; empty where its agent cannot say. */
  readonly machineId: string;
  /** Kinds of which a complete list was seen: only where one was, a thing that turns up is new. */
  readonly listedKinds: readonly string[];
  /** Things that are there, and disks that were. */
  readonly items: readonly InventoryItem[];
  /** Error counters of disks, by the id of their disk_health. */
  readonly counters: Readonly<Record<string, DiskCounters>>;
}

/** A thing. */
export interface InventoryItem {
  /** Kind and id of the subject under which it was last seen. */
  readonly kind: string;
  readonly id: string;
  /** Names by which it is known again, on any node; the most stable first. */
  readonly identities: readonly string[];
  /** What people call it, e.g. "Samsung SSD 980 PRO 1TB (nvme0n1)". */
  readonly name: string;
  /** What is followed of it, by the field's name in the subject's value. A field that was never known is not there. */
  readonly fields: Readonly<Record<string, FieldValue>>;
  /** How a disk is attached; undefined for what is no disk. */
  readonly attachment?: DiskAttachment;
  /** When it was first seen on this node. */
  readonly sinceMs: number;
  /** Set for a disk that is not there any more. */
  readonly gone?: Gone;
}

/** A value that is followed. */
export type FieldValue = string | number;

/** fixed: built in; usb: in an enclosure that may be unplugged; removable: a stick or card, which comes and goes. */
export type DiskAttachment = "fixed" | "usb" | "removable";

/** Why a disk is not there. */
export interface Gone {
  /** When a complete list first lacked it. */
  readonly sinceMs: number;
  /** missing: nobody knows why; moved: it is on another node; replaced: another machine bears the node's name now. */
  readonly reason: "missing" | "moved" | "replaced";
  /** Where it is now, for what moved. */
  readonly movedTo?: string;
}

/** The error counters of one disk. */
export interface DiskCounters {
  /** Serial number that the disk gave with them; another one is another disk. Empty where it gives none. */
  readonly serialNumber: string;
  /** By the counter's name (inventory/disk-counters.ts). */
  readonly tracks: Readonly<Record<string, CounterTrack>>;
}

/** One counter: against what it is judged, and what became of it. */
export interface CounterTrack {
  /** What a fall or the first reading found: errors that the disk brought along. */
  readonly baseline: number;
  readonly baselineAtMs: number;
  readonly value: number;
  /** Undefined while it has not grown since the baseline. */
  readonly growth?: CounterGrowth;
}

/** How a counter grew, without a pause of a week. */
export interface CounterGrowth {
  /** Value before it began to grow. */
  readonly before: number;
  /** When the first and the last increase were observed. */
  readonly sinceMs: number;
  readonly atMs: number;
  /** By how much it grew last. */
  readonly by: number;
  /** Increases of the 24 hours up to the last one: when, by how much. */
  readonly recent: readonly (readonly [number, number])[];
  /** The most that it grew within 24 hours. */
  readonly mostPerDay: number;
}
