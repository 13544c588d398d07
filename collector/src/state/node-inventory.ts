/**
 * What the collector remembers of a node's equipment: how it was last known, over restarts and silence. Plain data, since it is stored as
 * JSON. It is made by inventory/take-stock.ts alone. All times are ms since 1970 on the collector's clock.
 */

/** Everything remembered of one node. */
export interface NodeInventory {
  /** Machine that it is about; empty where its agent cannot say. */
  readonly machineId: string;
  /** Machines that bore the name before, the last one first; at most 4. Not there: none is remembered. */
  readonly formerMachines?: readonly FormerMachine[];
  /** Kinds of which a complete list was seen: only where one was, a thing that turns up is new. */
  readonly listedKinds: readonly string[];
  /** Things that are there, and disks that were. */
  readonly items: readonly InventoryItem[];
  /** Error counters of disks, by the id of their disk_health. */
  readonly counters: Readonly<Record<string, DiskCounters>>;
  /** Best PCIe links that were seen, by inventory/stock-of-links.ts's key of the device. Not there: none was. */
  readonly links?: Readonly<Record<string, SeenLink>>;
  /** How filesystems filled day by day. Not there: nothing is known. */
  readonly fills?: FillHistories;
}

/** The best that the PCIe link of a device was, in the slot in which it is. */
export interface SeenLink {
  /** Address of the slot's device. */
  readonly address: string;
  readonly laneCount: number;
  readonly gigatransfersPerSecond: number;
}

/** How the filesystems of a node filled. */
export interface FillHistories {
  /** When the last day's numbers were taken. */
  readonly takenAtMs: number;
  /** By the id of the filesystem. */
  readonly of: Readonly<Record<string, FillHistory>>;
}

/** What was used of a filesystem, about once a day. */
export interface FillHistory {
  /** What it can hold; another size is another filesystem, or one that was made larger. */
  readonly sizeBytes: number;
  /** When, and how many bytes were used; the oldest first. */
  readonly days: readonly (readonly [atMs: number, usedBytes: number])[];
}

/** A machine that bore a node's name. */
export interface FormerMachine {
  readonly machineId: string;
  /** When stock was first taken of the one after it. */
  readonly untilMs: number;
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
  /** What falls took from it: `value` and this are all that the disk ever counted. Not there: nothing. */
  readonly lost?: number;
  /** A lower value than `value` that was read once, and is not believed until it is read again. */
  readonly fallen?: FallenCounter;
  /** Undefined while it has not grown since the baseline. */
  readonly growth?: CounterGrowth;
}

/** A counter that answered less than before. */
export interface FallenCounter {
  readonly value: number;
  readonly atMs: number;
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
