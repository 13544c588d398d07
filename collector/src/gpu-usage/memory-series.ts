/** Who held how much of a GPU's memory in each step of the last day, on average over the time in which that is known. */
import { partsOf, StepRing } from "./step-ring.ts";

/** What is held of a GPU at a time. */
export interface HeldMemory {
  /** Bytes by owner key (ownerKey); who is not among them holds nothing. */
  readonly owners: ReadonlyMap<string, number>;
  /** Undefined where the driver does not tell. */
  readonly freeBytes: number | undefined;
}

/** Of one GPU. */
export interface MemorySeries {
  /** It was so from one time to another. What overlaps with what is known already adds nothing beyond the length of a step. */
  hold(fromMs: number, untilMs: number, held: HeldMemory): void;
  /** From one step to another, both with. */
  steps(first: number, last: number): MemorySteps;
  /** What was written of steps comes back: in place of what is there. */
  restore(steps: MemorySteps): void;
  /** The newest step of which anything is known. */
  readonly newest: number | undefined;
}

/** Steps that follow each other. All lists are of the same length. */
export interface MemorySteps {
  readonly first: number;
  /** How much of each step is known, in ms; 0: nothing, and the numbers of the step say nothing. */
  readonly knownMs: readonly number[];
  /** Bytes. */
  readonly owners: ReadonlyMap<string, readonly number[]>;
  /** Bytes; NaN: not known, though owners are. */
  readonly freeBytes: readonly number[];
}

/** What an owner is: a program counts by its name, all else by its purpose. */
export type OwnerPurpose = "ollama" | "desktop" | "game" | "other" | "unnamed" | "rest";

/** Length of a step. */
export const memoryStepMs = 300_000;
/** A day, and the step that runs. */
export const memoryStepCount = 289;

/** Programs of a day that are kept apart; a machine that starts a thousand has them as one. */
const maximumOwners = 16;
export const restKey = "rest rest";

/** Under which an owner is kept. */
export function ownerKey(purpose: OwnerPurpose, name: string): string {
  return `${purpose} ${name}`;
}

/** What a key says. */
export function ownerOfKey(key: string): { readonly owner: string; readonly purpose: OwnerPurpose } {
  const at = key.indexOf(" ");
  // Keys are made by ownerKey, here or by the process that wrote them down.
  return { owner: key.slice(at + 1), purpose: key.slice(0, at) as OwnerPurpose };
}

/** More than any GPU has: what is written down stays a number that can be read again. */
const mostBytes = 2 ** 50;

/** Programs that are told by their names; what others hold is told together. */
const maximumPrograms = 6;

/** Keys of those who hold most first, and of the programs that are told together. */
export function sortOwners(held: ReadonlyMap<string, number>): {
  readonly named: readonly string[];
  readonly rest: readonly string[];
} {
  const keys = [...held]
    .filter(([, bytes]) => bytes > 0)
    .toSorted(([, a], [, b]) => b - a)
    .map(([key]) => key);
  const small = keys.filter((key) => ["game", "other"].includes(ownerOfKey(key).purpose)).slice(maximumPrograms);
  const rest = keys.filter((key) => key === restKey || small.includes(key));
  return { named: keys.filter((key) => !rest.includes(key)), rest };
}

/** Nothing is known yet. */
export function createMemorySeries(): MemorySeries {
  const known = new StepRing(memoryStepCount, 1);
  const free = new StepRing(memoryStepCount, 1);
  const owners = new Map<string, StepRing>();

  function ringOf(key: string): StepRing {
    const ring = owners.get(key) ?? new StepRing(memoryStepCount, 1);
    owners.set(key, ring);
    return ring;
  }

  /** Those that are kept apart, and all others as one. */
  function gathered(held: HeldMemory["owners"]): ReadonlyMap<string, number> {
    const kept = new Map<string, number>();
    if (owners.size >= maximumOwners && [...held.keys()].some((key) => !owners.has(key))) forgetUnused(held);
    for (const [key, bytes] of held) {
      const under = owners.has(key) || owners.size < maximumOwners ? key : restKey;
      ringOf(under);
      kept.set(under, (kept.get(under) ?? 0) + counted(bytes));
    }
    return kept;
  }

  /** Who held nothing for a day, and holds nothing now. */
  function forgetUnused(held: HeldMemory["owners"]): void {
    const newest = known.newest ?? 0;
    for (const [key, ring] of owners) {
      if (held.has(key) || key === restKey) continue;
      if (listOf(ring, newest - memoryStepCount + 1, newest).every((bytes) => bytes === 0)) owners.delete(key);
    }
  }

  return {
    get newest() {
      return known.newest;
    },
    hold(fromMs, untilMs, held) {
      const kept = gathered(held.owners);
      for (const { step, partMs } of partsOf(fromMs, untilMs, memoryStepMs)) {
        const knownMs = known.cell(step);
        const before = knownMs[0] ?? 0;
        const more = Math.min(partMs, memoryStepMs - before);
        if (more <= 0) continue;
        const share = more / (before + more);
        for (const [key, ring] of owners) approach(ring.cell(step), kept.get(key) ?? 0, share);
        approach(free.cell(step), held.freeBytes === undefined ? Number.NaN : counted(held.freeBytes), share);
        knownMs[0] = before + more;
      }
    },
    steps: (first, last) => ({
      first,
      knownMs: listOf(known, first, last),
      owners: new Map([...owners].map(([key, ring]) => [key, listOf(ring, first, last)])),
      freeBytes: listOf(free, first, last),
    }),
    restore({ first, knownMs, owners: kept, freeBytes }) {
      put(known, first, knownMs);
      put(free, first, freeBytes);
      for (const key of kept.keys()) ringOf(key);
      for (const [key, ring] of owners) put(ring, first, kept.get(key) ?? knownMs.map(() => 0));
    },
  };
}

/** A driver that counts what it keeps for itself as in use has less than nothing free. */
function counted(bytes: number): number {
  return Number.isNaN(bytes) ? 0 : Math.min(Math.max(0, bytes), mostBytes);
}

/** The average, when so much of the time was added. */
function approach(cell: Float32Array, bytes: number, share: number): void {
  const before = cell[0] ?? 0;
  cell[0] = share === 1 ? bytes : before + (bytes - before) * share;
}

function listOf(ring: StepRing, first: number, last: number): readonly number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => ring.read(first + index)?.[0] ?? 0);
}

function put(ring: StepRing, first: number, values: readonly number[]): void {
  for (const [index, value] of values.entries()) ring.cell(first + index)[0] = value;
}
