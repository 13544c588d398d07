/** What a channel is going to tell, gathered for a while so that what comes together is told together. */
import type { Clock } from "@nodekeeper/shared";
import type { Finding } from "@nodekeeper/shared/api";
import { compareSeverity } from "../evaluate/severity.ts";
import { decideTelling, type Wanted, watchFlapping } from "./decide-telling.ts";
import type { FindingBook } from "./finding-book.ts";
import type { NotifyMemory } from "./memory.ts";
import { keyOf, type NoticeItem, snapshotOf, type Told } from "./notice.ts";
import { isForgettable } from "./told.ts";

/** What is told together. */
export type GatheringKind = "alarms" | "advice";

/** It. */
export interface Gathering {
  /** Looks at these findings, and remembers which of them are to be told. */
  consider(keys: Iterable<string>): void;
  /** The same of what was to be told a moment ago: it is told though nothing is known of it any more since. */
  considerAgain(keys: Iterable<string>): void;
  /** Looks again at all that changes by time alone, and forgets what makes no difference any more. */
  sweep(): void;
  /** When the window ends (monotonic ms); undefined: nothing is to be told. */
  endsAtMs(kind: GatheringKind): number | undefined;
  /** What is to be told as things are now; what was gathered is gathered no more. */
  take(kind: GatheringKind): readonly NoticeItem[];
}

/** What it needs. */
export interface GatheringOptions {
  readonly channel: string;
  readonly wanted: () => Wanted;
  /** How long it is gathered. */
  readonly gatherMs: (kind: GatheringKind) => number;
  readonly memory: Pick<NotifyMemory, "told" | "waiting" | "remember">;
  readonly book: Pick<FindingBook, "open" | "openById" | "ended">;
  readonly clock: Clock;
}

interface Window {
  readonly keys: Set<string>;
  beganAtMs: number;
}

/** Nothing is gathered yet. */
export function createGathering(options: GatheringOptions): Gathering {
  const { channel, wanted, gatherMs, memory, book, clock } = options;
  const windows: Readonly<Record<GatheringKind, Window>> = {
    alarms: { keys: new Set(), beganAtMs: 0 },
    advice: { keys: new Set(), beganAtMs: 0 },
  };

  function look(key: string, isGathered = windows.alarms.keys.has(key)): NoticeItem["telling"] | undefined {
    const told = memory.told(channel).get(key);
    return decideTelling(wanted(), told, heard(book.open(key), isGathered), clock.wallMs());
  }

  /** What was gathered while it was known is told though its node fell silent; what its cause does not tell is told by itself. */
  function heard(finding: Finding | undefined, isGathered: boolean): Finding | undefined {
    if (finding === undefined) return undefined;
    const { suppressedBy, ...rest } = finding;
    const isExplained = suppressedBy !== undefined && explains(book.openById(suppressedBy), finding);
    return { ...rest, isHeld: finding.isHeld && !isGathered, ...(isExplained ? { suppressedBy } : {}) };
  }

  /** Not one that is quieter than what comes of it, and of which nobody hears by this channel. */
  function explains(cause: Finding | undefined, { severity }: Finding): boolean {
    if (cause === undefined || compareSeverity(cause.severity, severity) <= 0) return true;
    return wanted().severities.includes(cause.severity) || memory.told(channel).get(keyOf(cause))?.state === "open";
  }

  function consider(key: string, isGathered?: boolean): void {
    const told = memory.told(channel).get(key);
    if (told?.flapping !== undefined) {
      const watched = watchFlapping(told, book.open(key), clock.wallMs());
      if (watched !== told) memory.remember(channel, key, watched);
    }
    const telling = look(key, isGathered);
    const due = telling === undefined ? undefined : kindOf(telling);
    for (const kind of ["alarms", "advice"] as const) {
      const window = windows[kind];
      if (kind !== due) {
        window.keys.delete(key);
        continue;
      }
      if (window.keys.size === 0) window.beganAtMs = clock.monotonicMs();
      window.keys.add(key);
    }
  }

  function itemOf(key: string): NoticeItem | undefined {
    const telling = look(key);
    const told = memory.told(channel).get(key);
    const open = book.open(key);
    const finding = telling === "resolved" ? told && endOf(told) : open && snapshotOf(open);
    if (telling === undefined || finding === undefined) return undefined;
    if (told === undefined) return { telling, finding };
    const { finding: _, ...before } = told;
    return { telling, finding, before };
  }

  /** How it ended, or as it was when it was told last where that is not known. */
  function endOf({ finding }: Told): NoticeItem["finding"] {
    const ended = book.ended(finding.findingId);
    if (ended === undefined) return finding;
    // As loud as it was told: alerts are known by that.
    return { ...snapshotOf(ended), firingSince: finding.firingSince, severity: finding.severity };
  }

  return {
    consider(keys) {
      for (const key of keys) consider(key);
    },
    considerAgain(keys) {
      for (const key of keys) consider(key, true);
    },
    sweep() {
      const nowMs = clock.wallMs();
      const isIdle = memory.waiting(channel).length === 0; // a notice that is given up needs what it told
      for (const [key, told] of [...memory.told(channel)]) {
        if (told.flapping !== undefined) consider(key);
        else if (isForgettable(told, nowMs) && isIdle) memory.remember(channel, key, undefined);
      }
    },
    endsAtMs(kind) {
      const { keys, beganAtMs } = windows[kind];
      return keys.size === 0 ? undefined : beganAtMs + gatherMs(kind);
    },
    take(kind) {
      const { keys } = windows[kind];
      const items = [...keys].map(itemOf).filter((item) => item !== undefined);
      keys.clear();
      return items;
    },
  };
}

function kindOf(telling: NoticeItem["telling"]): GatheringKind {
  return telling === "advice" ? "advice" : "alarms";
}
