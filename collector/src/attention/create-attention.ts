/**
 * The decisions as a running thing: what holds is in an index that lies over the findings, what was decided is in the store before anybody hears that it
 * is, and what ends by itself (its time, the finding, or that it got worse) is taken out at once and from the store as soon as that takes it.
 */
import { randomUUID } from "node:crypto";
import { AppError, type Clock, createListeners, createMutex, createNotifier, type Logger } from "@nodekeeper/shared";
import type { Decision, Finding } from "@nodekeeper/shared/api";
import type { Findings } from "../evaluate/findings.ts";
import type { Store } from "../store/store.ts";
import type { Attention } from "./attention.ts";
import { createDecisionIndex } from "./decision-index.ts";
import { createEndings } from "./endings.ts";
import { findRival } from "./find-rival.ts";
import { documentOf, type KeptDecision, keptDecisionOf } from "./kept-decision.ts";
import { layFindings } from "./laid-findings.ts";
import { makeDecision } from "./make-decision.ts";
import { worseThan } from "./worse-than.ts";

/** What it needs. */
export interface AttentionOptions {
  /** As the engines make them. Those that were open before a restart are there already. */
  readonly findings: Findings;
  /** Names of all nodes, of agents and of the cluster. */
  readonly nodes: () => readonly string[];
  /** Codes of all rules. */
  readonly rules: readonly string[];
  readonly store: Pick<Store, "documents" | "saveDocuments" | "saveFindings" | "appendAudit">;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/** Decisions that are kept at a time. */
export const maximumDecisions = 5_000;
/** The wall clock may jump: it is looked at so often. */
const lookMs = 30_000;

/** Reads what was decided before, and begins. */
export async function createAttention(options: AttentionOptions): Promise<Attention> {
  const { store, clock, logger } = options;
  const index = createDecisionIndex();
  const kept = new Map<string, KeptDecision>();
  /** By id of their finding: one for an hour, say, and one for longer. */
  const acknowledged = new Map<string, Set<KeptDecision>>();
  const maintenance = createListeners<readonly string[]>();
  const endings = createEndings(options);
  const inOrder = createMutex();
  const news = createNotifier(clock);
  const stopping = new AbortController();
  await restore();
  const findings = layFindings(options.findings, index, onFindings);
  const looking = look();

  async function restore(): Promise<void> {
    for (const document of await store.documents("attention")) {
      const decision = keptDecisionOf(document);
      if (decision === undefined) logger.error({ id: document.id }, "a decision in the store is damaged, it is left out");
      else keep(decision);
    }
    const open = new Map(options.findings.all().map((finding) => [finding.id, finding]));
    for (const id of acknowledged.keys()) endAcknowledged(id, open.get(id));
    beginAndEnd();
  }

  function keep(decision: KeptDecision): void {
    kept.set(decision.decision.id, decision);
    const { finding } = decision;
    if (finding !== undefined) acknowledged.set(finding, (acknowledged.get(finding) ?? new Set()).add(decision));
  }

  /** Takes one out; `why` where it ends by itself. */
  function drop(decision: KeptDecision, why?: string, resolved?: Finding): void {
    kept.delete(decision.decision.id);
    if (decision.finding !== undefined) forgetAcknowledged(decision.finding, decision);
    index.remove(decision);
    if (why !== undefined) endings.add({ kept: decision, why, resolved });
  }

  function forgetAcknowledged(finding: string, decision: KeptDecision): void {
    const left = acknowledged.get(finding);
    left?.delete(decision);
    if (left?.size === 0) acknowledged.delete(finding);
  }

  /** Those of a finding that it is worse than, or all where it is over; undefined: it is not open any more. */
  function endAcknowledged(id: string, finding: Finding | undefined): void {
    for (const decision of acknowledged.get(id) ?? []) {
      const why = overBecause(decision, finding);
      if (why !== undefined) drop(decision, why, finding?.state === "resolved" ? finding : undefined);
    }
  }

  /** What time begins and ends; gives what it was. */
  function beginAndEnd(): readonly KeptDecision[] {
    const nowMs = clock.wallMs();
    const moved: KeptDecision[] = [];
    for (const decision of kept.values()) {
      const { beginsAtMs, endsAtMs } = decision;
      if (endsAtMs <= nowMs) {
        if (index.has(decision)) moved.push(decision);
        drop(decision, "its time is over");
      } else if (beginsAtMs <= nowMs && !index.has(decision)) {
        index.add(decision);
        moved.push(decision);
      }
    }
    return moved;
  }

  function tell(moved: readonly KeptDecision[]): void {
    if (moved.length === 0) return;
    findings.relay(moved);
    const scopes = moved.flatMap(({ decision: { kind, scope } }) => (kind === "maintenance" ? [scope] : []));
    if (scopes.length === 0) return;
    const isAll = scopes.some(({ node }) => node === undefined);
    maintenance.tell(isAll ? options.nodes() : [...new Set(scopes.flatMap(({ node }) => node ?? []))]);
  }

  async function look(): Promise<void> {
    try {
      for (;;) {
        const nowMs = clock.wallMs();
        let nextMs = nowMs + lookMs;
        for (const { beginsAtMs, endsAtMs } of kept.values())
          nextMs = Math.min(nextMs, beginsAtMs > nowMs ? beginsAtMs : endsAtMs);
        await news.wait(nextMs - nowMs, stopping.signal);
        tell(beginAndEnd());
      }
    } catch (thrown) {
      if (!stopping.signal.aborted) throw thrown;
    }
  }

  /** Before anybody is told of them. */
  function onFindings(changed: readonly Finding[]): void {
    if (acknowledged.size === 0) return;
    for (const finding of changed) endAcknowledged(finding.id, finding);
  }

  return {
    findings,
    decisions: () => [...kept.values()].map(({ decision }) => decision).sort(newestFirst),
    decide: (wanted, by) =>
      inOrder(async () => {
        const known = { nodes: options.nodes(), rules: options.rules, findings: options.findings.all() };
        const made = makeDecision(wanted, { id: newId(kept), by, nowMs: clock.wallMs(), ...known });
        const rival = findRival(made, kept.values());
        if (rival !== undefined) throw new AppError("CONFLICT", rival);
        if (kept.size >= maximumDecisions)
          throw new AppError("CONFLICT", `there are ${maximumDecisions} decisions already: end what is not needed any more`);
        const openNow = (): Finding | undefined => options.findings.all().find(({ id }) => id === made.finding);
        const finding = openNow();
        if (finding !== undefined) await store.saveFindings([finding]); // else a restart may know the decision, and not its finding
        await store.saveDocuments("attention", [documentOf(made)], []);
        keep(made);
        if (made.finding !== undefined) endAcknowledged(made.finding, openNow()); // it may have got worse meanwhile
        tell(beginAndEnd());
        news.notify();
        return made.decision;
      }),
    end: (id) =>
      inOrder(async () => {
        const ended = kept.get(id);
        if (ended === undefined) throw new AppError("NOT_FOUND", `there is no decision "${id}": it may have ended by itself`);
        await store.saveDocuments("attention", [], [id]);
        const wasInForce = index.has(ended);
        drop(ended);
        if (wasInForce) tell([ended]);
        return ended.decision;
      }),
    isInMaintenance: (node) => index.isInMaintenance(node),
    onMaintenance: (listener) => maintenance.add(listener),
    async [Symbol.asyncDispose]() {
      stopping.abort();
      findings[Symbol.dispose]();
      await looking;
      await inOrder(async () => undefined);
      await endings[Symbol.asyncDispose]();
    },
  };
}

/** Why an acknowledgement is over; undefined: it stands. */
function overBecause({ decision: { seen } }: KeptDecision, finding: Finding | undefined): string | undefined {
  if (finding === undefined || finding.state === "resolved") return "the finding is resolved";
  return seen && worseThan(seen, finding);
}

/** Those of one moment always in the same order. */
function newestFirst(a: Decision, b: Decision): number {
  return a.at === b.at ? (a.id < b.id ? -1 : 1) : a.at < b.at ? 1 : -1;
}

/** Short, since people type it. */
function newId(taken: ReadonlyMap<string, unknown>): string {
  for (;;) {
    const id = randomUUID().slice(0, 8);
    if (!taken.has(id)) return id;
  }
}
