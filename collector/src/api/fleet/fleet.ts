/**
 * The fleet as clients see it: one line a node and the open findings, under one version that grows with every change. It is brought up to
 * date on demand. HTTP and the stream both read here, so they never disagree.
 */
import { randomUUID } from "node:crypto";
import type { Clock } from "@nodekeeper/shared";
import type { Findings } from "../../evaluate/findings.ts";
import type { Onboardings } from "../../onboarding/onboarding.ts";
import type { StateHolder } from "../../state/holder.ts";
import { viewNode } from "../../state/node-view.ts";
import { nodeDetail } from "../present/node-detail.ts";
import { createDetailCache } from "./detail-cache.ts";
import type { FleetEntry } from "./fleet-entry.ts";
import { createFleetFindings } from "./fleet-findings.ts";
import { createFleetNodes } from "./fleet-nodes.ts";
import { createFleetOnboardings } from "./fleet-onboardings.ts";

/** What changed after a version. */
export interface FleetChanges {
  readonly nodes: readonly FleetEntry[];
  readonly removedNodes: readonly string[];
  /** Whole findings as JSON; resolved ones among them. */
  readonly findings: readonly string[];
  /** Whole ones as JSON; those that became ready among them. */
  readonly onboardings: readonly string[];
  readonly removedOnboardings: readonly string[];
}

/** The fleet. */
export interface Fleet extends Disposable {
  /** Identity of this run; versions of another run mean nothing. */
  readonly stream: string;
  /** As of the last refresh. */
  readonly version: number;
  /** Version at which the list of nodes last changed. */
  readonly nodesVersion: number;
  /** Whether a refresh would find something to do. */
  isBehind(): boolean;
  /** Takes in what has happened until now. */
  refresh(): void;
  /** All nodes as of the last refresh, by name. */
  entries(): readonly FleetEntry[];
  entry(name: string): FleetEntry | undefined;
  /** Open findings as JSON. */
  findings(): readonly string[];
  /** Machines on their way that are not ready, as JSON. */
  onboardings(): readonly string[];
  /** Undefined when the version is not one of this run or lies too far back. */
  changesSince(version: number): FleetChanges | undefined;
  /** The detail of a node as JSON, as of the last refresh; undefined when there is no such node. */
  detailJson(name: string): string | undefined;
}

/** What the fleet is made of. */
export interface FleetSources {
  readonly state: Pick<StateHolder, "version" | "nodes">;
  readonly findings: Pick<Findings, "all" | "ofNode" | "subscribe">;
  readonly onboardings: Pick<Onboardings, "all" | "subscribe">;
  readonly clock: Clock;
}

/** Removed nodes, and as many resolved findings, that are remembered for clients that resume. */
const departedCapacity = 4096;

/** A fleet of what is known now. */
export function createFleet({ state, findings, onboardings, clock }: FleetSources): Fleet {
  const stream = randomUUID();
  const fleetNodes = createFleetNodes(departedCapacity);
  const fleetFindings = createFleetFindings(findings, departedCapacity);
  const fleetOnboardings = createFleetOnboardings(onboardings, departedCapacity);
  const details = createDetailCache((entry) =>
    nodeDetail(viewNode(entry.node, entry.madeAtMs), findings.ofNode(entry.node.name)),
  );
  let version = 0;
  let seenStateVersion: number | undefined;
  let refreshedAtMs = 0;

  function isBehind(): boolean {
    const nowMs = clock.wallMs();
    const isTimely = nowMs >= refreshedAtMs && nowMs < fleetNodes.nextChangeAtMs;
    return !isTimely || state.version !== seenStateVersion || fleetFindings.hasNews() || fleetOnboardings.hasNews();
  }

  function refresh(): void {
    if (!isBehind()) return;
    const nowMs = clock.wallMs();
    const dueNames = fleetFindings.dueNames();
    refreshedAtMs = nowMs;
    seenStateVersion = state.version;
    const next = version + 1;
    const ofNode = (name: string) => findings.ofNode(name);
    const areNodesTouched = fleetNodes.refresh({ nodes: state.nodes(), dueNames, ofNode, nowMs, version: next });
    const areFindingsTouched = fleetFindings.refresh(next);
    const areOnboardingsTouched = fleetOnboardings.refresh(next);
    if (areNodesTouched || areFindingsTouched || areOnboardingsTouched) version = next;
  }

  refresh();
  return {
    stream,
    get version() {
      return version;
    },
    get nodesVersion() {
      return fleetNodes.changedVersion;
    },
    isBehind,
    refresh,
    entries: () => fleetNodes.entries(),
    entry: (name) => fleetNodes.entry(name),
    findings: () => fleetFindings.open(),
    onboardings: () => fleetOnboardings.underWay(),
    changesSince(since) {
      if (since > version || since < Math.max(fleetNodes.horizon, fleetFindings.horizon, fleetOnboardings.horizon))
        return undefined;
      return {
        nodes: fleetNodes.changedSince(since),
        removedNodes: fleetNodes.removedSince(since),
        findings: fleetFindings.changedSince(since),
        onboardings: fleetOnboardings.changedSince(since),
        removedOnboardings: fleetOnboardings.removedSince(since),
      };
    },
    detailJson(name) {
      const entry = fleetNodes.entry(name);
      return entry && details.json(entry);
    },
    [Symbol.dispose]() {
      fleetFindings[Symbol.dispose]();
      fleetOnboardings[Symbol.dispose]();
    },
  };
}
