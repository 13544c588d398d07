/**
 * Onboarding as a running thing. A machine on its way is judged in the turn in which something about it changed, and every two seconds, since patience
 * and plans pass without a change; one that is ready is not judged again, unless another machine bears its name.
 */
import { AppError, type Clock, createBatchSize, type Logger, nearest, runEvery } from "@nodekeeper/shared";
import type { Onboarding, PastOnboarding } from "@nodekeeper/shared/api";
import type { PolicySource } from "../policy/policy.ts";
import type { ClusterView } from "../state/cluster/cluster-holder.ts";
import type { StateHolder } from "../state/holder.ts";
import type { LonghornView } from "../state/longhorn/longhorn-holder.ts";
import type { TurnedAway } from "../state/turned-away.ts";
import type { Store, StoredOnboarding, StoredWay } from "../store/store.ts";
import { createAsking } from "./ask-again.ts";
import { isDone, judgeMachine } from "./judge-machine.ts";
import { keepOnboardings } from "./keep-onboardings.ts";
import { createLook, type Sources } from "./look-at.ts";
import type { Onboardings } from "./onboarding.ts";
import { createPlanHash } from "./plan-hash.ts";
import { withSkip } from "./skip-step.ts";
import { steps } from "./steps/index.ts";
import { isOtherMachine, withPast } from "./way.ts";

/** What it needs. */
export interface OnboardingsOptions extends Pick<Sources, "diskFaults" | "planOf"> {
  readonly state: Pick<StateHolder, "node" | "nodes" | "subscribe">;
  /** Undefined: the collector knows no cluster. */
  readonly cluster: Pick<ClusterView, "knowledge" | "node" | "nodes" | "subscribe"> | undefined;
  readonly longhorn: Pick<LonghornView, "knowledge" | "node" | "subscribe">;
  readonly turnedAway: TurnedAway;
  readonly policy: PolicySource;
  /** Hash of the plan of all nodes, which costs something where there are thousands. */
  readonly planHash: () => Promise<string>;
  /** Has a machine's agent run probes, as far as it bears that. */
  readonly probeNow: (node: string, probes: readonly string[]) => void;
  readonly store: Pick<Store, "saveOnboardings">;
  /** As an earlier process left them. */
  readonly stored: readonly StoredOnboarding[];
  readonly metrics: { becameReady(durationMs: number): void };
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/** What is remembered of a name. */
interface Entry {
  current: StoredWay | undefined;
  past: readonly PastOnboarding[];
  /** Where the agent is to look again, and since when that is waited for, on the monotonic clock. */
  probes: readonly string[];
  probesSinceMs: number;
}

const tickMs = 2_000;
/** Machines that are judged in a round though nothing about them changed; the others have their turn in the next ones. A whole fleet may wait for weeks. */
const roundLimits = { budgetMs: 60, least: 20, most: 500 };
/** A turn of the event loop is given to it for no longer than this. */
const sliceMs = 10;

/** Starts it. Disposing writes what is not written yet. */
export function createOnboardings(options: OnboardingsOptions): Onboardings & AsyncDisposable {
  const { state, cluster, longhorn, turnedAway, policy, clock, random, logger, metrics } = options;
  const startedAtMs = clock.monotonicMs();
  const look = createLook({ ...options, policy: () => policy.current });
  const keeper = keepOnboardings(options.store, logger);
  const asking = createAsking(options.probeNow, () => clock.monotonicMs());
  const entries = new Map<string, Entry>(options.stored.map((stored) => [stored.node, entryOf(stored)]));
  const listeners = new Set<(changed: readonly Onboarding[], gone: readonly string[]) => void>();
  const dirty = new Set<string>();
  const changed = new Set<string>();
  const stopping = new AbortController();
  let isScheduled = false;
  let isTelling = false;
  let all: readonly Onboarding[] | undefined;
  let lastOfRound = "";
  const roundSize = createBatchSize(roundLimits);
  let isClusterKnown = cluster?.knowledge.kind === "known";
  const planHash = createPlanHash({ ask: options.planHash, onChanged: () => touch(planned()), clock, logger });

  for (const { name } of state.nodes()) dirty.add(name);
  for (const { name } of cluster?.nodes() ?? []) dirty.add(name);
  for (const name of entries.keys()) dirty.add(name);
  const subscriptions = [
    state.subscribe(touch),
    cluster?.subscribe((names) => {
      // Nodes that went while nobody looked are told by nobody.
      const isFirst = !isClusterKnown && cluster.knowledge.kind === "known";
      isClusterKnown ||= isFirst;
      touch(isFirst ? [...names, ...entries.keys()] : names);
    }),
    longhorn.subscribe(({ nodes }) => touch(nodes)),
    turnedAway.subscribe(touch),
    policy.onChanged(() => touch(underWay())),
  ];
  schedule();
  const every = { clock, random, jitter: 0, signal: stopping.signal, intervalMs: () => tickMs, firstDelayMs: tickMs };
  const ticking = runEvery(every, async () => {
    touch(nextRound());
    asking.ask(wishes());
    if (planned().length > 0) planHash.refresh();
    await keeper.flush();
  });

  function touch(names: Iterable<string>): void {
    for (const name of names) dirty.add(name);
    schedule();
  }

  function schedule(): void {
    if (isScheduled || dirty.size === 0 || stopping.signal.aborted) return;
    isScheduled = true;
    setImmediate(judgeDirty);
  }

  function judgeDirty(): void {
    isScheduled = false;
    const beganMs = clock.monotonicMs();
    let [count, tookMs] = [0, 0];
    for (const name of dirty) {
      dirty.delete(name);
      judge(name);
      count += 1;
      tookMs = clock.monotonicMs() - beganMs;
      if (tookMs > sliceMs) break;
    }
    roundSize.took(count, tookMs);
    schedule();
  }

  function judge(name: string): void {
    const node = state.node(name);
    const object = cluster?.node(name);
    const entry = entries.get(name);
    if (node === undefined && object === undefined) {
      const isGone = cluster === undefined || cluster.knowledge.kind === "known";
      if (entry?.current !== undefined && isGone) archive(name, entry, entry.current);
      return;
    }
    const mine = entry ?? { current: undefined, past: [], probes: [], probesSinceMs: 0 };
    entries.set(name, mine);
    if (mine.current !== undefined && isOtherMachine(mine.current, node, object)) archive(name, mine, mine.current);
    const before = mine.current;
    if (before?.onboarding.state === "ready") return;
    const machine = look(name, { nowMs: clock.wallMs(), startedAtMs: wallOfStart(), planHash: planHash.current });
    const judged = judgeMachine(machine, before?.onboarding, steps);
    if (judged.probes.join() !== mine.probes.join()) mine.probesSinceMs = clock.monotonicMs();
    mine.probes = judged.onboarding.state === "ready" ? [] : judged.probes;
    if (judged.onboarding === before?.onboarding && before.nodeUid === (object?.uid ?? before.nodeUid)) return;
    mine.current = { onboarding: judged.onboarding, nodeUid: object?.uid ?? before?.nodeUid ?? "" };
    note(name, mine);
    if (judged.onboarding !== before?.onboarding) sayProgress(judged.onboarding, before?.onboarding);
  }

  function archive(name: string, entry: Entry, way: StoredWay): void {
    entry.past = withPast(entry.past, way, clock.wallMs());
    entry.current = undefined;
    entry.probes = [];
    asking.forget(name);
    note(name, entry);
    const { machineId, state: stateName } = way.onboarding;
    logger.info(
      { node: name, machineId, state: stateName },
      "a machine is gone, or another bears its name: its onboarding is over",
    );
  }

  function sayProgress(now: Onboarding, before: Onboarding | undefined): void {
    const { node, state: stateName, machineId } = now;
    if (stateName === before?.state) return;
    if (stateName === "ready") metrics.becameReady(Date.parse(now.readyAt ?? now.startedAt) - Date.parse(now.startedAt));
    const current = now.steps.find((step) => !isDone(step));
    const codes = current?.blockers.map(({ code }) => code);
    if (stateName === "planned") planHash.refresh();
    logger.info(
      { node, machineId, state: stateName, step: current?.name, blockers: codes },
      "the onboarding of a machine has come on",
    );
  }

  function note(name: string, { current, past }: Entry): void {
    all = undefined;
    keeper.note({ node: name, changedAtMs: clock.wallMs(), ...(current === undefined ? {} : { current }), past });
    changed.add(name);
    if (isTelling) return;
    isTelling = true;
    setImmediate(tell);
  }

  function tell(): void {
    isTelling = false;
    const names = [...changed];
    changed.clear();
    const now = names.flatMap((name) => entries.get(name)?.current?.onboarding ?? []);
    const gone = names.filter((name) => entries.get(name)?.current === undefined);
    for (const listener of listeners) listener(now, gone);
  }

  function* underWay(): Generator<string> {
    for (const [name, { current }] of entries) if (current !== undefined && current.onboarding.state !== "ready") yield name;
  }

  /** The next of those under way, in turn. */
  function nextRound(): readonly string[] {
    const names = [...underWay()];
    const after = names.indexOf(lastOfRound) + 1;
    const round = [...names.slice(after), ...names.slice(0, after)].slice(0, roundSize.current);
    lastOfRound = round.at(-1) ?? "";
    return round;
  }

  function* wishes() {
    for (const [node, { probes, probesSinceMs: sinceMs }] of entries)
      if (probes.length > 0 && state.node(node)?.connection.kind === "connected") yield { node, probes, sinceMs };
  }

  /** Counted back from now: a clock that is set makes nothing older. */
  function wallOfStart(): number {
    return clock.wallMs() - (clock.monotonicMs() - startedAtMs);
  }

  /** Those who wait for an approval. */
  function planned(): readonly string[] {
    return [...underWay()].filter((name) => entries.get(name)?.current?.onboarding.state === "planned");
  }

  function requireEntry(name: string): Entry & { current: StoredWay } {
    const entry = entries.get(name);
    if (entry?.current !== undefined) return entry as Entry & { current: StoredWay }; // it was just looked at
    const known = [...entries].flatMap(([other, { current }]) => (current === undefined ? [] : [other]));
    const suggestion = nearest(name, known);
    const hint = suggestion === undefined ? "`nodekeeper onboard` lists those that are known" : `did you mean "${suggestion}"?`;
    throw new AppError("NOT_FOUND", `no machine is called "${name}"; ${hint}`);
  }

  return {
    all() {
      all ??= [...entries.values()]
        .flatMap(({ current }) => current?.onboarding ?? [])
        .sort((a, b) => (a.node < b.node ? -1 : 1));
      return all;
    },
    of(node) {
      const entry = entries.get(node);
      if (entry?.current === undefined) return undefined;
      const { onboarding } = entry.current;
      return entry.past.length === 0 ? onboarding : { ...onboarding, past: [...entry.past] };
    },
    isReady(node) {
      const way = entries.get(node)?.current;
      if (way?.onboarding.state !== "ready") return false;
      return !isOtherMachine(way, state.node(node), cluster?.node(node));
    },
    async retry(node) {
      const entry = requireEntry(node);
      entry.probesSinceMs = clock.monotonicMs();
      asking.forget(node);
      judge(node);
      const { probes, probesSinceMs: sinceMs } = entry;
      if (probes.length > 0) options.probeNow(node, probes);
      logger.debug({ node, probes, sinceMs }, "a machine is asked to look again");
      return requireEntry(node).current.onboarding;
    },
    async skip(node, skip) {
      const entry = requireEntry(node);
      const { onboarding, nodeUid } = entry.current;
      entry.current = { onboarding: withSkip(onboarding, skip, clock.wallMs()), nodeUid };
      note(node, entry);
      judge(node);
      await keeper.flush();
      return requireEntry(node).current.onboarding;
    },
    subscribe(listener) {
      listeners.add(listener);
      return { [Symbol.dispose]: () => void listeners.delete(listener) };
    },
    async [Symbol.asyncDispose]() {
      for (const subscription of subscriptions) subscription?.[Symbol.dispose]();
      stopping.abort();
      await ticking;
      await planHash.settled();
      await keeper.flush();
    },
  };
}

function entryOf({ current, past }: StoredOnboarding): Entry {
  return { current, past, probes: [], probesSinceMs: 0 };
}
