/** A node as the fleet holds it: its line ready to be sent, and the versions at which it changed. */
import type { Finding, NodeSummary } from "@nodekeeper/shared/api";
import type { NodeState } from "../../state/node-state.ts";
import { viewNode } from "../../state/node-view.ts";
import { nextChangeAtMs } from "../present/next-change.ts";
import { nodeSummary } from "../present/node-summary.ts";

/** A node of the fleet. */
export interface FleetEntry {
  readonly node: NodeState;
  readonly summary: NodeSummary;
  /** The summary as JSON, made once for all who will be sent it. */
  readonly json: string;
  /** Version at which the summary last changed. */
  readonly changedVersion: number;
  /** Version at which anything that is shown of the node may last have changed: it identifies the node's detail. */
  readonly touchedVersion: number;
  /** The moment for which all this was made. */
  readonly madeAtMs: number;
  /** When it grows old by itself. */
  readonly nextChangeAtMs: number;
}

/** Makes the entry of a node at a version. */
export function makeEntry(
  before: FleetEntry | undefined,
  node: NodeState,
  findings: readonly Finding[],
  nowMs: number,
  version: number,
): FleetEntry {
  const view = viewNode(node, nowMs);
  const summary = nodeSummary(view, findings);
  const json = JSON.stringify(summary);
  return {
    node,
    summary,
    json,
    changedVersion: before?.json === json ? before.changedVersion : version,
    touchedVersion: version,
    madeAtMs: nowMs,
    nextChangeAtMs: nextChangeAtMs(view),
  };
}
