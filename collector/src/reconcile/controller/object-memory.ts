/** What the controller remembers of one outside object between looks. It may be lost: all that matters is outside, or is made again. */
import { createMutex, type Mutex } from "@nodekeeper/shared";
import type { Waiting } from "@nodekeeper/shared/api";
import type { Override } from "../decisions/decisions.ts";
import type { Reconciler } from "../reconciler.ts";
import { nothingWanted, type WantedItems } from "./dwell.ts";
import type { Fight } from "./fights.ts";
import type { Retry } from "./retries.ts";

/** The part that an assessment reads. Times are of the monotonic clock. */
export interface ObjectMemory {
  readonly reconciler: Reconciler;
  readonly key: string;
  readonly wanted: WantedItems;
  /** Overrides that were in force, until what they wrote is undone. */
  readonly overrides: ReadonlyMap<string, Override>;
  /** Steps that somebody approved one by one (grantOf). */
  readonly grants: ReadonlySet<string>;
  readonly retry: Retry | undefined;
  /** By item. */
  readonly fights: ReadonlyMap<string, Fight>;
}

/** All of it, which the controller alone changes. */
export interface ObjectRecord extends ObjectMemory {
  wanted: WantedItems;
  overrides: ReadonlyMap<string, Override>;
  grants: ReadonlySet<string>;
  retry: Retry | undefined;
  fights: ReadonlyMap<string, Fight>;
  /** As of the last look. */
  waitingFor: ReadonlyMap<Waiting["for"], number>;
  heldItems: number;
  /** What is wrong with the object itself (Seen.problem). */
  problem: string | undefined;
  /** It is looked at again then, whatever happens. */
  dueAtMs: number;
  /** Writes that succeeded since this process started. */
  writeCount: number;
  /** One write at a time. */
  readonly lock: Mutex;
  isWriting: boolean;
  /** Something happened while it was written. */
  isStale: boolean;
}

/** Nearly every object has none of these, and there are many objects. */
const none: ReadonlyMap<never, never> = new Map<never, never>();
const noGrants: ReadonlySet<string> = new Set();

/** Nothing is remembered of it. */
export function emptyRecord(reconciler: Reconciler, key: string, dueAtMs: number): ObjectRecord {
  return {
    ...{ reconciler, key, dueAtMs },
    ...{ wanted: nothingWanted, overrides: none, grants: noGrants, retry: undefined, fights: none, waitingFor: none },
    heldItems: 0,
    problem: undefined,
    writeCount: 0,
    lock: createMutex(),
    isWriting: false,
    isStale: false,
  };
}
