/**
 * Evaluation of the cluster as a running thing: it is looked at when its Nodes changed, and by the clock. Its findings bear no node's name, and count
 * for the health of none.
 */
import { type Clock, createListeners, type Logger, runEvery } from "@nodekeeper/shared";
import type { Finding } from "@nodekeeper/shared/api";
import type { EvaluationMetrics } from "../metrics.ts";
import type { ClusterView } from "../state/cluster/cluster-holder.ts";
import type { ClusterNode } from "../state/cluster/cluster-node.ts";
import { isSameMachine } from "../state/cluster/is-same-machine.ts";
import { freshnessOf } from "../state/freshness.ts";
import type { StateHolder } from "../state/holder.ts";
import { isProven } from "../state/node-proof.ts";
import { subjectKey } from "../state/subject-state.ts";
import type { Store } from "../store/store.ts";
import type { AgentWord, ClusterRule, ClusterRuleView, WildcardRecord } from "./cluster-rule.ts";
import { evaluateCluster } from "./evaluate-cluster.ts";
import { allAfterJump, findingKey, holdAll, type OpenFindings } from "./evaluate-node.ts";
import { reopen, resolve } from "./finding-life.ts";
import type { Findings } from "./findings.ts";
import { createFindingsWriter } from "./findings-writer.ts";
import { createFormerAddresses } from "./former-addresses.ts";
import { isNotable, isWorthKeeping } from "./is-notable.ts";

/** What the engine needs. */
export interface ClusterEngineOptions {
  /** None where there is no cluster: what was found of one before is then over. */
  readonly rules: readonly ClusterRule[];
  readonly cluster: ClusterView;
  readonly state: Pick<StateHolder, "node">;
  readonly wildcard: () => WildcardRecord | undefined;
  /** Longhorn and what makes backups, as they are known now. */
  readonly storage: () => Pick<ClusterRuleView, "longhorn" | "backups" | "maximumBackupAgeMs">;
  readonly store: Pick<Store, "saveFindings">;
  /** Findings that were open when the collector ended. They stand until facts say otherwise. */
  readonly restored: readonly Finding[];
  readonly metrics: Pick<EvaluationMetrics, "ruleFailed">;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/** The cluster's findings, kept up to date. Disposing it writes what is not written yet. */
export interface ClusterEngine extends Pick<Findings, "all" | "subscribe">, AsyncDisposable {}

/** Nodes of a large cluster change all the time: what is told of them all is looked at this often at most. */
const tickMs = 5_000;
/** Not more than a two-hundredth of the time is spent on it, however many there are. */
const restPerCost = 200;
/** Where nothing changed it is looked at so often, since agents speak and names are resolved meanwhile. */
const quietMs = 30_000;
/** A list is followed by words of the API server at least once a minute; after this long nothing is concluded from it. */
const heardLimitMs = 5 * 60_000;

/** Starts evaluating. */
export function createClusterEngine(options: ClusterEngineOptions): ClusterEngine {
  const { rules, cluster, state, metrics, clock, logger } = options;
  const writer = createFindingsWriter(options);
  const listeners = createListeners<readonly Finding[]>();
  const former = createFormerAddresses(options.restored);
  const stopping = new AbortController();
  const startedAtMs = clock.monotonicMs();
  let open = restore();
  let isDirty = true;
  let evaluatedAtMs = Number.NEGATIVE_INFINITY; // on the monotonic clock
  let offsetMs = clock.wallMs() - startedAtMs; // of the wall clock, then
  let costMs = 0;

  const subscription = cluster.subscribe(() => {
    isDirty = true;
  });
  const every = { clock, random: options.random, signal: stopping.signal, intervalMs: () => tickMs };
  const ticking = runEvery(every, async () => {
    if (isDue()) evaluate();
  });

  function restore(): OpenFindings {
    const codes = new Set(rules.map((rule) => rule.code));
    const kept = options.restored.filter((finding) => codes.has(finding.rule));
    const nowMs = clock.wallMs();
    writer.write(options.restored.filter((finding) => !kept.includes(finding)).map((finding) => resolve(finding, nowMs)));
    return new Map(kept.map((finding) => [findingKey(finding.rule, finding.subject), reopen(finding, nowMs)]));
  }

  function isDue(): boolean {
    const restedMs = clock.monotonicMs() - evaluatedAtMs;
    if (restedMs < costMs * restPerCost) return false;
    if (isDirty || restedMs >= quietMs) return true;
    for (const { finding, clearSinceMs } of open.values())
      if (finding.state === "pending" || clearSinceMs !== undefined) return true;
    return false;
  }

  function evaluate(): void {
    isDirty = false;
    evaluatedAtMs = clock.monotonicMs();
    const nowMs = clock.wallMs();
    followClock(nowMs - evaluatedAtMs);
    const before = open;
    const changed = isKnown(nowMs) ? ask(nowMs) : isAwaited() ? [] : holdEverything(nowMs);
    const notable = changed.filter((finding) => isNotable(finding, before));
    writer.write(changed.filter((finding) => isWorthKeeping(finding, before)));
    for (const finding of notable) {
      const { id, rule, subject, state: stateName, severity, text } = finding;
      if (stateName !== "pending") {
        logger.info(
          { id, rule, subject, state: stateName, severity, text },
          "a finding of the cluster fires, changed or is resolved",
        );
      }
    }
    if (changed.length > 0) listeners.tell(changed);
    costMs = clock.monotonicMs() - evaluatedAtMs;
  }

  function followClock(offsetNowMs: number): void {
    const after = allAfterJump(open, offsetNowMs - offsetMs);
    if (after !== open) writer.write([...after.values()].map(({ finding }) => finding));
    open = after;
    offsetMs = offsetNowMs;
  }

  function isKnown(nowMs: number): boolean {
    const { knowledge } = cluster;
    return knowledge.kind === "known" && nowMs - knowledge.heardAtMs < heardLimitMs;
  }

  /** Not listed yet since the start: what was restored is held anyhow, and its times go on if the list comes soon. */
  function isAwaited(): boolean {
    return cluster.knowledge.kind === "unknown" && clock.monotonicMs() - startedAtMs < heardLimitMs;
  }

  function ask(nowMs: number): readonly Finding[] {
    const nodes = cluster.nodes();
    former.see(nodes, nowMs);
    const agent: ClusterRuleView["agent"] = (node, probe, kind) => agentOf(state, node, probe, kind, nowMs);
    const view: ClusterRuleView = {
      nowMs,
      startedAtMs: nowMs - (clock.monotonicMs() - startedAtMs),
      machine: (name) => state.node(name),
      nodes,
      version: cluster.version,
      agent,
      formerAddresses: former.current,
      wildcard: options.wildcard(),
      ...options.storage(),
    };
    const evaluation = evaluateCluster(rules, view, open, (rule, err) => {
      metrics.ruleFailed(rule.code);
      logger.error({ err, rule: rule.code }, "a rule failed");
    });
    open = evaluation.open;
    return evaluation.changed;
  }

  function holdEverything(nowMs: number): readonly Finding[] {
    const before = open;
    open = holdAll(before, nowMs);
    return [...open].flatMap(([key, { finding }]) => (before.get(key)?.finding === finding ? [] : [finding]));
  }

  return {
    all: () => [...open.values()].map(({ finding }) => finding),
    subscribe: (listener) => listeners.add(listener),
    async [Symbol.asyncDispose]() {
      subscription[Symbol.dispose]();
      stopping.abort();
      await ticking;
      await writer[Symbol.asyncDispose]();
    },
  };
}

/** Only one thing of it: views of all that thousands of agents say would cost what nobody reads. */
function agentOf(state: Pick<StateHolder, "node">, node: ClusterNode, name: string, kind: string, nowMs: number): AgentWord {
  const agent = state.node(node.name);
  if (agent === undefined) return { kind: "none" };
  const probe = agent.probes.get(name);
  const subject = probe?.subjects.get(subjectKey(kind, ""));
  if (probe === undefined || subject === undefined || !isProven(agent) || !isSameMachine(agent, node)) return { kind: "unknown" };
  const freshness = freshnessOf(subject.observedAtMs, probe.intervalMs, nowMs);
  return { kind: "said", subject: { ...subject, probe: name, freshness } };
}
