/**
 * What decisions about a node may depend on, small enough to be compared at every word of its agent: hashes of facts, outcomes, ages, proof. Numbers
 * that change all the time (samples) are not in it. Pure.
 */
import type { Outcome } from "@nodekeeper/proto";
import { isRemembered } from "../../policy/facts/heard-probe.ts";
import { type Freshness, freshnessOf, lostAtMs, staleAtMs } from "../../state/freshness.ts";
import type { LonghornNode } from "../../state/longhorn/longhorn-node.ts";
import type { Connection, NodeState, ProbeState } from "../../state/node-state.ts";
import { heartbeatIntervalMs, nodeFreshness } from "../../state/node-view.ts";
import type { World } from "../world.ts";

/** A node, as decisions see it. */
export interface NodePrint {
  readonly machineId: string;
  readonly bootId: string;
  readonly proof: NodeState["proof"];
  readonly runningProbes: readonly string[] | undefined;
  readonly connection: Connection["kind"];
  readonly goodbye: string | undefined;
  readonly freshness: Freshness;
  /** It just connected, or this process just began: what it did not say yet may be on its way. */
  readonly isAwaited: boolean;
  readonly probes: readonly ProbePrint[];
  /** When it changes by time alone (ms since 1970): something grows stale or lost, or is waited for no longer. */
  readonly changesAtMs: number;
}

/** A probe, as decisions see it. */
interface ProbePrint {
  readonly name: string;
  readonly factsHash: string;
  readonly outcome: Outcome;
  readonly failure: string | undefined;
  readonly freshness: Freshness;
  /** Received since this process started. */
  readonly isNew: boolean;
  /** It is not new, and may be on its way. */
  readonly isAwaited: boolean;
}

/** The print of a node at a moment; undefined: no agent ever spoke in its name. */
export function printOf(
  node: NodeState | undefined,
  { nowMs, startedAtMs }: Pick<World, "nowMs" | "startedAtMs">,
): NodePrint | undefined {
  if (node === undefined) return undefined;
  const { machineId, bootId, proof, runningProbes, connection, lastContactAtMs } = node;
  const freshness = nodeFreshness(node, nowMs);
  const sinceMs = Math.max(connection.sinceMs, startedAtMs);
  const awaitedUntilMs = staleAtMs(sinceMs, heartbeatIntervalMs);
  const isAwaited = nowMs <= awaitedUntilMs;
  let changesAtMs = changeAfter(freshness, lastContactAtMs, heartbeatIntervalMs);
  if (isAwaited) changesAtMs = Math.min(changesAtMs, awaitedUntilMs + 1);
  const probes: ProbePrint[] = [];
  for (const probe of node.probes.values()) {
    const print = printOfProbe(probe, nowMs, startedAtMs, sinceMs);
    probes.push(print);
    changesAtMs = Math.min(changesAtMs, changeAfter(print.freshness, probe.observedAtMs, probe.intervalMs));
    if (print.isAwaited) changesAtMs = Math.min(changesAtMs, staleAtMs(sinceMs, probe.intervalMs) + 1);
  }
  const goodbye = connection.kind === "disconnected" ? connection.goodbye : undefined;
  return {
    ...{ machineId, bootId, proof, runningProbes, connection: connection.kind, goodbye, freshness, isAwaited },
    ...{ probes, changesAtMs },
  };
}

/** Whether decisions cannot tell them apart. */
export function isSamePrint(a: NodePrint | undefined, b: NodePrint | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return (
    a.machineId === b.machineId &&
    a.bootId === b.bootId &&
    a.proof.state === b.proof.state &&
    a.proof.by === b.proof.by &&
    a.connection === b.connection &&
    a.goodbye === b.goodbye &&
    a.freshness === b.freshness &&
    a.isAwaited === b.isAwaited &&
    (a.runningProbes === b.runningProbes || a.runningProbes?.join() === b.runningProbes?.join()) &&
    a.probes.length === b.probes.length &&
    a.probes.every((probe, index) => isSameProbe(probe, b.probes[index]))
  );
}

/** What decisions may depend on of a node's findings, in one text. Evidence is not in it: its numbers change with each reading. */
export function printOfFindings(name: string, world: Pick<World, "findings" | "isEvaluated">): string {
  const findings = world.findings(name);
  const evaluated = world.isEvaluated(name) ? evaluatedWord : "";
  if (findings.length === 0) return evaluated;
  const lines = findings.map(({ id, state, severity, isHeld, suppressedBy = "", text }) =>
    [id, state, severity, isHeld, suppressedBy, text].join(" "),
  );
  return [evaluated, ...lines.sort()].join("\n");
}

/** Whether such a text is of a node that was looked at since this process started. */
export function isOfEvaluated(print: string): boolean {
  return print.startsWith(evaluatedWord);
}

const evaluatedWord = "evaluated";

/** What decisions about it may depend on of a node of Longhorn, in one text. What is free and what is promised on a disk is not in it. */
export function printOfLonghornNode({ resourceVersion: _, conditions, disks, ...node }: LonghornNode): string {
  const standing = conditions.map(({ type, status }) => [type, status]);
  const parts = [...disks.values()].map(({ status, ...disk }) => {
    const { uuid, maximumBytes, isReady, isSchedulable } = status ?? {};
    return [disk, uuid, maximumBytes, isReady, isSchedulable];
  });
  return JSON.stringify([node, standing, parts]);
}

/** What decisions depend on of Ollama's servers, in one text. What they have loaded is not in it. */
export function printOfBackends({ routing }: Pick<World, "routing">): string {
  return JSON.stringify(
    routing.backends().map(({ name, url, reach, roles, reservation }) => [name, url, reach.kind, roles, reservation?.reason]),
  );
}

function printOfProbe(
  { name, factsHash, outcome, failure, ...probe }: ProbeState,
  nowMs: number,
  startedAtMs: number,
  sinceMs: number,
): ProbePrint {
  const isNew = !isRemembered(probe, startedAtMs);
  return {
    ...{ name, factsHash, outcome, failure: failure?.code },
    freshness: freshnessOf(probe.observedAtMs, probe.intervalMs, nowMs),
    ...{ isNew, isAwaited: !isNew && nowMs <= staleAtMs(sinceMs, probe.intervalMs) },
  };
}

function changeAfter(freshness: Freshness, observedAtMs: number, intervalMs: number): number {
  switch (freshness) {
    case "fresh":
      return Math.min(staleAtMs(observedAtMs, intervalMs) + 1, lostAtMs(observedAtMs));
    case "stale":
      return lostAtMs(observedAtMs);
    case "lost":
      return Number.POSITIVE_INFINITY;
  }
}

function isSameProbe(a: ProbePrint, b: ProbePrint | undefined): boolean {
  return (
    b !== undefined &&
    a.name === b.name &&
    a.factsHash === b.factsHash &&
    a.outcome === b.outcome &&
    a.failure === b.failure &&
    a.freshness === b.freshness &&
    a.isNew === b.isNew &&
    a.isAwaited === b.isAwaited
  );
}
