/**
 * Evaluation as a running thing: a node is looked at when its state changed, and by the clock, since silence and hold times pass without
 * any change. It holds the open findings and nothing else.
 */
import { type Clock, type Logger, runEvery } from "@nodekeeper/shared";
import type { Finding } from "@nodekeeper/shared/api";
import type { EvaluationMetrics } from "../metrics.ts";
import type { StateHolder } from "../state/holder.ts";
import type { Listening } from "../state/listening.ts";
import type { NodeState } from "../state/node-state.ts";
import { viewNode } from "../state/node-view.ts";
import { replacedBecause } from "../state/replaced-machine.ts";
import type { Store } from "../store/store.ts";
import { allAfterJump, evaluateNode, findingKey, type OpenFindings } from "./evaluate-node.ts";
import { reopen, resolve } from "./finding-life.ts";
import type { Findings } from "./findings.ts";
import { createFindingsWriter } from "./findings-writer.ts";
import { isNotable, isWorthKeeping } from "./is-notable.ts";
import type { Rule } from "./rule.ts";

/** What the engine needs. */
export interface EngineOptions {
  readonly rules: readonly Rule[];
  readonly state: StateHolder;
  readonly listening: Pick<Listening, "sinceMs">;
  readonly store: Pick<Store, "saveFindings">;
  /** Findings that were open when the collector ended. They stand until facts say otherwise. */
  readonly restored: readonly Finding[];
  /** Findings that were resolved before, newest first. */
  readonly resolved: readonly Finding[];
  readonly metrics: EvaluationMetrics;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/** The findings, kept up to date. Disposing it writes what is not written yet. */
export interface Engine extends Findings, AsyncDisposable {
  /**
   * Whether it has looked at the node since this process started; what it knew of it before was restored. Then its findings are those of what the node
   * said last: what it did not look at yet, it looks at now.
   */
  isEvaluated(name: string): boolean;
}

/** What is remembered of a node between evaluations. */
interface Evaluated {
  /** What was looked at; undefined: what was restored. */
  readonly node: NodeState | undefined;
  readonly machineId: string;
  /** On the monotonic clock. */
  readonly atMs: number;
  /** The wall clock minus the monotonic one; undefined: it was looked at by a process before this one. */
  readonly offsetMs: number | undefined;
  readonly open: OpenFindings;
}

/** Hold and clear times are exact to this. */
const tickMs = 5_000;
/** A node of which nothing is heard is looked at so often. */
const silentMs = 30_000;
/** A turn of the event loop is given to evaluation for no longer than this. */
const sliceMs = 10;
/** Why nothing is wrong with a node any more that nobody knows. */
const retired = "the node was retired";
/** When what was restored was looked at. */
const longAgoMs = Number.NEGATIVE_INFINITY;

/** Starts evaluating. */
export function createEngine(options: EngineOptions): Engine {
  const { rules, state, listening, metrics, clock, logger } = options;
  const writer = createFindingsWriter(options);
  const listeners = new Set<(changed: readonly Finding[]) => void>();
  const dirty = new Set<string>();
  const stopping = new AbortController();
  const evaluated = new Map<string, Evaluated>();
  const recoveredAtMs = recoveries(options.resolved);
  /** What was found before its turn came. */
  const early: Finding[] = [];
  let isScheduled = false;
  let all: readonly Finding[] | undefined;

  restore();
  const subscription = state.subscribe((names) => {
    for (const name of names) dirty.add(name);
    schedule();
  });
  const every = { clock, random: options.random, signal: stopping.signal, intervalMs: () => tickMs };
  const ticking = runEvery(every, async () => {
    for (const node of state.nodes()) if (isDue(node.name)) dirty.add(node.name);
    schedule();
  });

  function restore(): void {
    const codes = new Set(rules.map((rule) => rule.code));
    const nowMs = clock.wallMs();
    for (const [name, findings] of Map.groupBy(options.restored, (finding) => finding.node)) {
      const node = state.node(name);
      const kept = node === undefined ? [] : findings.filter((finding) => codes.has(finding.rule));
      const toldUntilMs = Math.min(nowMs, node === undefined ? nowMs : toldUntil(node));
      const entries = kept.map((finding) => [findingKey(finding.rule, finding.subject), reopen(finding, toldUntilMs)] as const);
      evaluated.set(name, {
        node: undefined,
        machineId: node?.machineId ?? "",
        atMs: longAgoMs,
        offsetMs: undefined,
        open: new Map(entries),
      });
      writer.write(
        findings
          .filter((finding) => !kept.includes(finding))
          .map((finding) => resolve(finding, nowMs, node === undefined ? retired : "nodekeeper has no such rule any more")),
      );
    }
  }

  function isDue(name: string): boolean {
    const last = evaluated.get(name);
    if (last === undefined || clock.monotonicMs() - last.atMs >= silentMs) return true;
    for (const open of last.open.values()) if (open.finding.state === "pending" || open.clearSinceMs !== undefined) return true;
    return false;
  }

  function schedule(): void {
    if (isScheduled || dirty.size + early.length === 0 || stopping.signal.aborted) return;
    isScheduled = true;
    setImmediate(evaluateDirty);
  }

  function evaluateDirty(): void {
    isScheduled = false;
    const changed = early.splice(0);
    const endMs = clock.monotonicMs() + sliceMs;
    for (const name of dirty) {
      dirty.delete(name);
      changed.push(...evaluate(name));
      if (clock.monotonicMs() > endMs) break;
    }
    publish(changed);
    schedule();
  }

  function evaluate(name: string): readonly Finding[] {
    const node = state.node(name);
    if (node === undefined) return forget(name);
    const startedAtMs = clock.monotonicMs();
    const nowMs = clock.wallMs();
    const last = evaluated.get(name);
    const isSameMachine = last === undefined || last.machineId === node.machineId || last.machineId === "";
    const offsetMs = nowMs - startedAtMs;
    const before: OpenFindings = isSameMachine && last !== undefined ? openSince(last, offsetMs) : new Map();
    const because = replacedBecause(last?.machineId ?? "", node.machineId);
    const gone = isSameMachine ? [] : [...last.open.values()].map((open) => resolve(open.finding, nowMs, because));
    const view = viewNode(node, nowMs, listening.sinceMs);
    const { open, changed } = evaluateNode(rules, view, before, (rule, err) => {
      metrics.ruleFailed(rule.code);
      logger.error({ err, rule: rule.code, node: name }, "a rule failed");
    });
    evaluated.set(name, { node, machineId: node.machineId, atMs: startedAtMs, offsetMs, open });
    metrics.nodeEvaluated(clock.monotonicMs() - startedAtMs);
    const notable = [...gone, ...changed.filter((finding) => isNotable(finding, before))];
    writer.write([...gone, ...changed.filter((finding) => isWorthKeeping(finding, before))]);
    for (const finding of notable) {
      if (finding.state !== "pending") logger.info(factsOf(finding), "a finding fires, changed or is resolved");
    }
    return [...gone, ...changed];
  }

  /** What was open at the last look, though the clock was set forward since. */
  function openSince({ open, offsetMs: before }: Evaluated, offsetMs: number): OpenFindings {
    const after = allAfterJump(open, offsetMs - (before ?? offsetMs));
    if (after !== open) writer.write([...after.values()].map(({ finding }) => finding));
    return after;
  }

  function isEvaluated(name: string): boolean {
    const looked = evaluated.get(name)?.node;
    if (looked === undefined) return false;
    if (looked !== state.node(name)) {
      dirty.delete(name);
      early.push(...evaluate(name));
      schedule();
    }
    return evaluated.has(name);
  }

  /** The node was retired: nothing can be wrong with it any more. */
  function forget(name: string): readonly Finding[] {
    const nowMs = clock.wallMs();
    const gone = [...(evaluated.get(name)?.open.values() ?? [])].map((open) => resolve(open.finding, nowMs, retired));
    evaluated.delete(name);
    recoveredAtMs.delete(name);
    writer.write(gone);
    return gone;
  }

  function publish(changed: readonly Finding[]): void {
    if (changed.length === 0) return;
    all = undefined;
    for (const finding of changed) {
      if (isRecovery(finding) && evaluated.has(finding.node)) recoveredAtMs.set(finding.node, Date.parse(finding.resolvedAt));
    }
    for (const listener of listeners) listener(changed);
  }

  return {
    all() {
      all ??= [...evaluated.values()].flatMap(({ open }) => [...open.values()].map((entry) => entry.finding));
      return all;
    },
    ofNode: (name) => [...(evaluated.get(name)?.open.values() ?? [])].map((entry) => entry.finding),
    recoveredAtMs: (name) => recoveredAtMs.get(name),
    isEvaluated,
    subscribe(listener) {
      listeners.add(listener);
      return { [Symbol.dispose]: () => void listeners.delete(listener) };
    },
    async [Symbol.asyncDispose]() {
      subscription[Symbol.dispose]();
      stopping.abort();
      await ticking;
      await writer[Symbol.asyncDispose]();
    },
  };
}

/** When a process before this one was told of it last. */
function toldUntil({ lastContactAtMs, probes }: NodeState): number {
  return Math.max(lastContactAtMs, ...[...probes.values()].map(({ receivedAtMs }) => receivedAtMs));
}

function isRecovery(finding: Finding): finding is Finding & { readonly resolvedAt: string } {
  return finding.resolvedAt !== undefined && finding.firingSince !== undefined && finding.severity !== "low";
}

function recoveries(resolved: readonly Finding[]): Map<string, number> {
  const atMs = new Map<string, number>();
  for (const finding of resolved) {
    if (isRecovery(finding)) atMs.set(finding.node, Math.max(atMs.get(finding.node) ?? 0, Date.parse(finding.resolvedAt)));
  }
  return atMs;
}

function factsOf({ id, rule, node, state, severity, text, suppressedBy }: Finding): Readonly<Record<string, unknown>> {
  return { id, rule, node, state, severity, text, suppressedBy };
}
