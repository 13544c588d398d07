/**
 * One object, looked at: what is wanted, what is, which steps lead there, and what each waits for. Pure, but for what reconciler and world read; it is
 * made for a look, once more on the live object before a write, and for whoever asks.
 */
import type { Override } from "../decisions/decisions.ts";
import type { MayWrite } from "../may-write.ts";
import type { Decision, Operation, Seen } from "../reconciler.ts";
import type { World } from "../world.ts";
import type { ObjectPicture } from "./controller.ts";
import { dwellEndsAtMs, followWishes, type WantedItems } from "./dwell.ts";
import { type BrakeAnswer, type Circumstances, waitingFor } from "./gates.ts";
import { grantOf, itemOfGrant } from "./grants.ts";
import type { ObjectMemory } from "./object-memory.ts";
import { classed, overridesOf, type Wish, wishOf } from "./wishes.ts";

/** What is looked at, and when. */
export interface Assessing {
  readonly world: World;
  readonly memory: ObjectMemory;
  readonly seen: Seen | undefined;
  readonly mayWrite: MayWrite;
  readonly brake: () => BrakeAnswer;
  readonly monotonicMs: number;
}

/** What came of it. */
export interface Assessment {
  readonly decision: Decision;
  readonly operations: ObjectPicture["operations"];
  /** Those that nothing waits for. */
  readonly ready: readonly Operation[];
  readonly wanted: WantedItems;
  readonly overrides: ReadonlyMap<string, Override>;
  readonly grants: ReadonlySet<string>;
  /** What all steps together are (signatureOf). */
  readonly signature: string;
  /** When it looks otherwise by time alone, on the monotonic clock; Infinity: never. */
  readonly changesAtMs: number;
}

/** Looks. */
export function assess({ world, memory, seen, mayWrite, brake, monotonicMs }: Assessing): Assessment {
  const { reconciler, key } = memory;
  const { decisions, nowMs } = world;
  const overrides = reconciler.noun === "condition" ? [] : overridesOf(decisions?.overrides ?? [], reconciler.name, key, nowMs);
  const wish = wishOf({
    decision: reconciler.decide(world, key),
    overrides,
    ledger: seen?.ledger ?? new Map(),
    policySource: world.policy.source,
  });
  const planned = seen === undefined ? [] : plan(wish, seen, memory, world);
  const wanted = followWishes(memory.wanted, wish.decision, planned, monotonicMs);
  const wallOffsetMs = nowMs - monotonicMs;
  const signature = signatureOf(planned);
  const operations = planned.map((operation) => {
    const circumstances: Circumstances = {
      nowMs,
      decisions: decisions === undefined ? "unread" : decisions.approval === undefined ? "unapproved" : "approved",
      mode: world.policy.modes[operation.class],
      isGranted: memory.grants.has(grantOf(operation)),
      dwellEndsAtMs: dwellEndsAtMs(operation, wanted, world.policy.dwell, monotonicMs) + wallOffsetMs,
      seen: seen ?? { isCordoned: false, isPaused: false },
      isInMaintenance: world.isInMaintenance(key),
      knowledge: world.cluster.knowledge,
      mayWrite,
      retry: restOf(operation, seen, memory, signature, wallOffsetMs),
      brake: operation.class === "describe" ? { kind: "free" } : brake(),
    };
    return { operation, waiting: waitingFor(operation, circumstances) };
  });
  return {
    ...{ decision: wish.decision, operations, wanted, signature },
    ready: operations.filter(({ waiting }) => waiting === undefined).map(({ operation }) => operation),
    overrides: rememberedOverrides(memory.overrides, wish, planned),
    grants: rememberedGrants(memory.grants, wish.decision, planned, seen),
    changesAtMs:
      Math.min(
        ...operations.map(({ waiting }) => (waiting?.until === undefined ? Number.POSITIVE_INFINITY : Date.parse(waiting.until))),
        ...overrides.map(({ untilMs }) => untilMs),
      ) - wallOffsetMs,
  };
}

/** What a set of steps comes to, whatever is there before them: with another one, what failed before is tried anew. */
export function signatureOf(operations: readonly Operation[]): string {
  return operations.map(({ item, kind, after }) => `${item} ${kind} ${after ?? ""}`).join("\n");
}

/** A step of something that cannot be told, or of a class that is off, is none, whatever a reconciler plans. */
function plan(wish: Wish, seen: Seen, memory: ObjectMemory, { policy }: World): readonly Operation[] {
  const { decision } = wish;
  if (decision.kind === "hold") return [];
  return memory.reconciler
    .plan(decision, seen)
    .filter(({ item }) => decision.items.get(item)?.kind !== "hold")
    .map((operation) => classed(operation, wish, memory.overrides))
    .filter((operation) => policy.modes[operation.class] !== "off");
}

function restOf(
  { item, kind, after }: Operation,
  seen: Seen | undefined,
  { retry, fights }: ObjectMemory,
  signature: string,
  wallOffsetMs: number,
): Circumstances["retry"] {
  if (retry?.wishes.includes(signature) === true)
    return { untilMs: retry.untilMs + wallOffsetMs, text: `The last attempt did not succeed: ${retry.text}` };
  const fight = kind === "set" || kind === "repair" ? fights.get(item) : undefined;
  if (fight === undefined || fight.uid !== seen?.uid || fight.value !== after) return undefined;
  const text = `${fight.manager} undoes it each time: it is left alone for longer and longer.`;
  return { untilMs: fight.untilMs + wallOffsetMs, text };
}

/** Those that ended stay until what they wrote is undone: the way back is described, not restricted. */
function rememberedOverrides(
  before: ReadonlyMap<string, Override>,
  wish: Wish,
  planned: readonly Operation[],
): ReadonlyMap<string, Override> {
  if (before.size === 0) return wish.overrides;
  const ended = [...before].filter(([item, { value }]) => {
    if (wish.overrides.has(item) || value === undefined) return false;
    return isHeld(wish.decision, item) || planned.some((operation) => operation.item === item && operation.before === value);
  });
  return new Map([...ended, ...wish.overrides]);
}

/** What was approved and is not to be done any more was approved for nothing; what cannot be told now may come back. */
function rememberedGrants(
  before: ReadonlySet<string>,
  decision: Decision,
  planned: readonly Operation[],
  seen: Seen | undefined,
): ReadonlySet<string> {
  if (before.size === 0 || seen === undefined) return before;
  const now = new Set(planned.map(grantOf));
  return new Set([...before].filter((grant) => now.has(grant) || isHeld(decision, itemOfGrant(grant))));
}

function isHeld(decision: Decision, item: string): boolean {
  return decision.kind === "hold" || decision.items.get(item)?.kind === "hold";
}
