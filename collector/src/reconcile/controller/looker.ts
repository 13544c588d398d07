/** Looks at objects: assesses one by what is known of it, or by what was just read, and remembers what came of it. */
import type { Clock, Logger } from "@nodekeeper/shared";
import type { ReconcileMetrics } from "../../metrics.ts";
import type { MayWrite } from "../may-write.ts";
import type { Seen } from "../reconciler.ts";
import type { World } from "../world.ts";
import { type Assessment, assess } from "./assess.ts";
import type { Brake } from "./brake.ts";
import type { ObjectPicture } from "./controller.ts";
import { isOver } from "./fights.ts";
import type { ObjectRecord } from "./object-memory.ts";

/** What looking needs. */
export interface LookerOptions {
  readonly world: () => World;
  readonly brake: Pick<Brake, "ask">;
  /** What the guard said last. */
  readonly permission: () => MayWrite;
  /** It is looked at again after so long, whatever happens. */
  readonly resyncMs: number;
  readonly metrics: ReconcileMetrics;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/** Looks. */
export interface Looker {
  /** By what the cluster's feed says. Undefined where the reconciler failed, which is a bug: nothing is written then. */
  cached(record: ObjectRecord, world: World): Assessment | undefined;
  /** By what the API server just said. Undefined: that is not the object that was decided about, or there is none. */
  live(record: ObjectRecord, live: Seen | undefined, mayWrite: MayWrite): Assessment | undefined;
  /** For whoever asks; nothing is remembered of it. */
  picture(record: ObjectRecord, world: World): ObjectPicture;
}

/** A looker. */
export function createLooker(options: LookerOptions): Looker {
  const { brake, permission, metrics, clock, random, logger } = options;

  function assessAs(record: ObjectRecord, seen: Seen | undefined, mayWrite: MayWrite, world: World): Assessment {
    const askBrake = () => brake.ask(record.key, world.cluster.nodes().length);
    return assess({ world, memory: record, seen, mayWrite, brake: askBrake, monotonicMs: clock.monotonicMs() });
  }

  function remember(
    record: ObjectRecord,
    seen: Seen | undefined,
    { wanted, overrides, grants, operations, ...assessment }: Assessment,
  ): void {
    Object.assign(record, { wanted, overrides, grants });
    if (record.retry?.wishes.includes(assessment.signature) === false) record.retry = undefined;
    record.waitingFor = countBy(operations.flatMap(({ waiting }) => waiting?.for ?? []));
    if (record.fights.size > 0) record.fights = withoutOver(record.fights, clock.monotonicMs());
    record.problem = seen?.problem;
    record.heldItems = heldItems(assessment);
    const resyncMs = options.resyncMs * (0.8 + 0.4 * random());
    record.dueAtMs = Math.min(assessment.changesAtMs, clock.monotonicMs() + resyncMs);
  }

  return {
    cached(record, world) {
      const { reconciler, key } = record;
      const startedAtMs = clock.monotonicMs();
      try {
        const seen = reconciler.seen(world, key);
        const assessment = assessAs(record, seen, permission(), world);
        remember(record, seen, assessment);
        metrics.decided(clock.monotonicMs() - startedAtMs);
        return assessment;
      } catch (err) {
        logger.error({ err, reconciler: reconciler.name, node: key }, "a reconciler failed");
        record.retry = { kind: "terminal", count: 1, wishes: [], untilMs: startedAtMs, text: bugOf(err) };
        record.dueAtMs = startedAtMs + options.resyncMs;
        return undefined;
      }
    },
    live(record, live, mayWrite) {
      const world = options.world();
      const known = record.reconciler.seen(world, record.key);
      if (live === undefined || known?.uid !== live.uid) return undefined;
      const assessment = assessAs(record, live, mayWrite, world);
      remember(record, live, assessment);
      return assessment;
    },
    picture(record, world) {
      const { reconciler, key } = record;
      try {
        const seen = reconciler.seen(world, key);
        const { decision, operations, wanted } = assessAs(record, seen, permission(), world);
        const offsetMs = world.nowMs - clock.monotonicMs();
        const wantedSinceMs = new Map([...wanted].map(([item, { sinceMs }]) => [item, sinceMs + offsetMs]));
        return { reconciler, key, decision, seen, operations, wantedSinceMs };
      } catch (thrown) {
        const decision = { kind: "hold", reason: bugOf(thrown) } as const;
        return { reconciler, key, decision, seen: undefined, operations: [], wantedSinceMs: new Map() };
      }
    },
  };
}

/** Nearly all are: whatever is written once is remembered for ten minutes. */
function withoutOver(fights: ObjectRecord["fights"], nowMs: number): ObjectRecord["fights"] {
  const left = [...fights].filter(([, fight]) => !isOver(fight, nowMs));
  return left.length === fights.size ? fights : new Map(left);
}

function bugOf(thrown: unknown): string {
  return `a bug: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
}

const nothing: ReadonlyMap<never, number> = new Map<never, number>();

function heldItems({ decision }: Pick<Assessment, "decision">): number {
  if (decision.kind === "hold") return 1;
  let held = 0;
  for (const wanted of decision.items.values()) if (wanted.kind === "hold") held += 1;
  return held;
}

function countBy<Key>(keys: readonly Key[]): ReadonlyMap<Key, number> {
  if (keys.length === 0) return nothing;
  const counts = new Map<Key, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}
