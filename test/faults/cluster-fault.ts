/**
 * Faults of the cluster as a whole, which no probe sees: what the API server says, through the collector's own rules about the cluster, in time that
 * passes by itself. Nodes and their conditions are as the real API server and K3s write them (test/kubernetes plays the server itself).
 */
import type { Finding, Severity } from "@nodekeeper/shared/api";
import type { ClusterRuleView } from "../../collector/src/evaluate/cluster-rule.ts";
import { evaluateCluster } from "../../collector/src/evaluate/evaluate-cluster.ts";
import type { OpenFindings } from "../../collector/src/evaluate/evaluate-node.ts";
import { decideTelling, type Wanted } from "../../collector/src/notify/decide-telling.ts";
import { snapshotOf, type Told } from "../../collector/src/notify/notice.ts";
import { afterTelling } from "../../collector/src/notify/told.ts";
import { clusterRules } from "../../collector/src/rules/cluster/index.ts";
import { startMs } from "../../collector/src/test-support/states.ts";
import { minuteMs } from "./fault.ts";

/** A fault of the cluster. */
export interface ClusterFault {
  /** Stable, kebab-case, equal to the file's name. */
  readonly name: string;
  readonly title: string;
  readonly source: string;
  /** What happens, one after the other, the first at once; the last mends it. */
  readonly acts: readonly ClusterAct[];
  /** What is told, from the first to the last. */
  readonly told: readonly string[];
}

/** A part of it. */
export interface ClusterAct {
  readonly what: string;
  readonly lastsMs: number;
  /** What the cluster says at a moment; undefined: it cannot be asked. */
  seen(nowMs: number): Partial<ClusterRuleView> | undefined;
  /** Findings that stand at its end, as "rule severity subject". */
  readonly stand: readonly string[];
}

/** What came of it, act by act. */
export interface ClusterRehearsal {
  readonly stood: readonly (readonly string[])[];
  readonly told: readonly string[];
}

const byDefault: Wanted = { severities: ["high"] satisfies Severity[], advice: true };

/** Plays it, minute by minute. */
export function rehearseCluster({ acts }: ClusterFault): ClusterRehearsal {
  let open: OpenFindings = new Map();
  let nowMs = startMs;
  const told: string[] = [];
  const memory = new Map<string, Told>();
  const findings = (): readonly Finding[] => [...open.values()].map(({ finding }) => finding);
  const look = (seen: Partial<ClusterRuleView> | undefined): void => {
    if (seen === undefined) return; // the rules are asked nothing: what stood, stands
    open = evaluateCluster(clusterRules, { ...quietView(nowMs), ...seen }, open, (_, thrown) => {
      throw thrown;
    }).open;
    const found = new Map(findings().map((finding) => [finding.id, finding]));
    for (const id of new Set([...found.keys(), ...memory.keys()])) {
      const [before, finding] = [memory.get(id), found.get(id)];
      const telling = decideTelling(byDefault, before, finding, nowMs);
      const snapshot = finding === undefined ? before?.finding : snapshotOf(finding);
      if (telling === undefined || snapshot === undefined) continue;
      memory.set(id, afterTelling(before, { telling, finding: snapshot }, "notice", nowMs));
      told.push(`${telling} ${snapshot.rule}`);
    }
  };
  const stood = acts.map(({ lastsMs, seen }) => {
    for (const endMs = nowMs + lastsMs; nowMs < endMs; nowMs += minuteMs) look(seen(nowMs));
    return findings()
      .filter(({ state }) => state === "firing")
      .map(({ rule, severity, subject }) => [rule, severity, subject.id].join(" ").trim())
      .toSorted();
  });
  return { stood, told };
}

/** A cluster without Nodes, Longhorn and backups. */
function quietView(nowMs: number): ClusterRuleView {
  return {
    ...{ nowMs, nodes: [], version: "v1.33.6+k3s1", agent: () => ({ kind: "none" }), machine: () => undefined },
    ...{ startedAtMs: startMs, formerAddresses: new Map(), wildcard: undefined, longhorn: undefined, backups: [] },
    maximumBackupAgeMs: 26 * 60 * minuteMs,
  };
}
