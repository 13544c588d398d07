/**
 * What is told of the GPUs of all nodes, for many who ask at once. A picture of the machines serves all until something changed; in a fleet in which
 * something changes always, it serves for ten times as long as it took to make, so that it never takes more than a tenth of our time. What is made takes
 * from before what did not change, in slices, so that nobody else waits for it; who asks meanwhile is
 * given the picture before, where that took long enough to be noticed.
 */
import { type Clock, createTurns } from "@nodekeeper/shared";
import type { FleetGpuList, GpuAvailability } from "@nodekeeper/shared/api";
import { type GpuWish, type JudgedGpus, judgedGpus, machineAvailability, shownGpus } from "../routing/gpu-availability.ts";
import type { Reservations } from "../routing/reservations.ts";
import type { StateHolder } from "../state/holder.ts";
import { createJoinedAnswer, type JoinedAnswer } from "./joined-answer.ts";
import { createKeptGpuMachines, type KeptGpuMachine } from "./kept-gpu-machines.ts";
import { fleetGpus } from "./present/fleet-gpus.ts";
import type { GpuAnswers, JsonAnswer } from "./route.ts";
import { tagged } from "./tagged.ts";

/** What they are made of. */
export interface GpuAnswersOptions {
  readonly state: Pick<StateHolder, "version" | "nodes">;
  readonly reservations: Pick<Reservations, "of" | "onChanged">;
  readonly clock: Clock;
}

/** The machines at a moment. */
interface Picture {
  readonly version: number;
  readonly madeAtMs: number;
  /** Of all that was made for it. */
  costMs: number;
  readonly machines: readonly KeptGpuMachine[];
}

/** The answer to a wish, as a value and as it is sent. */
interface Judged {
  readonly gpus: JudgedGpus;
  json(limit: number): JsonAnswer;
}

/** Ages pass without any change. */
const longestMs = 1_000;
const shareOfTime = 10;
/** Different questions that are remembered; people ask for a few models. */
const maximumQuestions = 64;
/** Parts that are remembered of all questions together, each of a few hundred bytes: in a fleet of thousands, fewer questions. */
const maximumParts = 100_000;
/** Answers of different lengths that are remembered of a question. */
const maximumLimits = 4;

/** None is made before somebody asks. */
export function createGpuAnswers(options: GpuAnswersOptions): GpuAnswers & Disposable {
  const { state, reservations, clock } = options;
  const lookAtMachines = createKeptGpuMachines(options);
  /** By what was asked, the one that was asked last at the end. */
  const questions = new Map<string, JoinedAnswer<KeptGpuMachine, Judged>>();
  let kept: Picture | undefined;
  let making: Promise<Picture> | undefined;
  let reservedAtMs = Number.NEGATIVE_INFINITY;
  let lastCostMs = 0;
  const subscription = reservations.onChanged(() => {
    kept = undefined; // who just kept a GPU reads that they do
    making = undefined;
    reservedAtMs = clock.monotonicMs();
  });
  const onMade = (costMs: number): void => {
    if (kept !== undefined) kept.costMs += costMs;
  };

  function isOfNow({ version, madeAtMs, costMs }: Picture): boolean {
    const ageMs = clock.monotonicMs() - madeAtMs;
    return ageMs < longestMs && (version === state.version || ageMs < costMs * shareOfTime);
  }

  async function machines(): Promise<readonly KeptGpuMachine[]> {
    if (kept !== undefined && isOfNow(kept)) return kept.machines;
    making ??= look();
    if (kept === undefined || kept.madeAtMs <= oldestMs()) return (await making).machines;
    making.catch(() => undefined); // told to whoever waits for it
    return kept.machines;
  }

  /** What was begun before is not told any more: it is too old, or somebody kept a GPU since. */
  function oldestMs(): number {
    const costMs = Math.max(lastCostMs, kept?.costMs ?? 0);
    return Math.max(clock.monotonicMs() - Math.min(longestMs, 2 * shareOfTime * costMs), reservedAtMs);
  }

  function look(): Promise<Picture> {
    const { version } = state;
    const madeAtMs = clock.monotonicMs();
    const turns = createTurns(clock);
    const looking: Promise<Picture> = lookAtMachines(clock.wallMs(), turns)
      .then((found) => {
        const picture: Picture = { version, madeAtMs, costMs: turns.workedMs(), machines: found };
        if (making !== looking) return picture; // somebody kept a GPU meanwhile
        lastCostMs = kept?.costMs ?? lastCostMs;
        kept = picture;
        return picture;
      })
      .finally(() => {
        if (making === looking) making = undefined;
      });
    return looking;
  }

  const list: JoinedAnswer<KeptGpuMachine, JsonAnswer> = createJoinedAnswer({
    partOf: ({ node, nowMs }: KeptGpuMachine) => fleetGpus([node], { reservations, nowMs }),
    join: (parts: readonly FleetGpuList[]) => tagged(joinedList(parts)),
    ...{ clock, onMade },
  });

  function questionOf(wish: GpuWish, machineCount: number): JoinedAnswer<KeptGpuMachine, Judged> {
    const key = JSON.stringify(wish);
    const question = questions.get(key) ?? createQuestion(wish);
    questions.delete(key);
    questions.set(key, question);
    const maximum = Math.min(maximumQuestions, Math.max(1, Math.floor(maximumParts / Math.max(1, machineCount))));
    for (const oldest of questions.keys()) {
      if (questions.size <= maximum) break;
      questions.delete(oldest);
    }
    return question;
  }

  function createQuestion(wish: GpuWish): JoinedAnswer<KeptGpuMachine, Judged> {
    return createJoinedAnswer({
      partOf: ({ machine, nowMs }: KeptGpuMachine) => (machine === undefined ? [] : machineAvailability(machine, wish, nowMs)),
      join: (parts: readonly (readonly GpuAvailability[])[]): Judged => {
        const gpus = judgedGpus(parts.flat(), wish);
        const byLimit = new Map<number, JsonAnswer>();
        return {
          gpus,
          json(limit) {
            const known = byLimit.get(limit);
            if (known !== undefined) return known;
            const beganAtMs = clock.monotonicMs();
            const made = tagged(shownGpus(gpus, limit));
            if (byLimit.size < maximumLimits) byLimit.set(limit, made);
            onMade(clock.monotonicMs() - beganAtMs);
            return made;
          },
        };
      },
      ...{ clock, onMade },
    });
  }

  async function judged(wish: GpuWish): Promise<Judged> {
    const found = await machines();
    return await questionOf(wish, found.length)(found, oldestMs());
  }

  return {
    list: async () => await list(await machines(), oldestMs()),
    availability: async (wish, limit) => (await judged(wish)).json(limit),
    judged: async (wish) => (await judged(wish)).gpus,
    [Symbol.dispose]: () => subscription[Symbol.dispose](),
  };
}

function joinedList(parts: readonly FleetGpuList[]): FleetGpuList {
  const gpus = parts.flatMap((part) => part.gpus).toSorted((a, b) => byText(a.node, b.node) || byText(a.id, b.id));
  return { gpus, ollamas: parts.flatMap((part) => part.ollamas).toSorted((a, b) => byText(a.node, b.node)) };
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
