/** The health of nodes as HTTP and gRPC tell it: as of the fleet's last refresh, made once a change for all who ask. */
import type { HealthLine, NodeHealth } from "@nodekeeper/shared/api";
import type { Findings } from "../evaluate/findings.ts";
import { judgeNode } from "../evaluate/verdict.ts";
import { isoTime } from "../state/iso-time.ts";
import { viewNode } from "../state/node-view.ts";
import type { FleetEntry } from "./fleet/fleet-entry.ts";
import { nodeHealth } from "./present/node-health.ts";

/** What it reads beside the fleet. */
export type HealthFindings = Pick<Findings, "ofNode" | "recoveredAtMs">;

/** The health of a node that is in the fleet. */
export function healthOf(entry: FleetEntry, findings: HealthFindings): NodeHealth {
  return healthAndJson(entry, findings).health;
}

/** The same as JSON. */
export function healthJsonOf(entry: FleetEntry, findings: HealthFindings): string {
  return healthAndJson(entry, findings).json;
}

/** The verdict alone, which costs a hundredth of the whole. */
export function healthLineOf(entry: FleetEntry, findings: HealthFindings): HealthLine {
  const { node, summary, madeAtMs } = entry;
  const view = { node, nowMs: madeAtMs, freshness: summary.freshness };
  const { sinceMs } = judgeNode(view, findings.ofNode(node.name), findings.recoveredAtMs(node.name));
  return {
    node: node.name,
    status: summary.status,
    reason: summary.reason,
    since: isoTime(sinceMs),
    freshness: summary.freshness,
    lastContactAt: summary.lastContactAt,
    findingCounts: summary.findingCounts,
  };
}

/** An entry is made anew when anything of its node changes: what was made of it goes with it. */
const made = new WeakMap<FleetEntry, { readonly health: NodeHealth; readonly json: string }>();

function healthAndJson(entry: FleetEntry, findings: HealthFindings): { readonly health: NodeHealth; readonly json: string } {
  const known = made.get(entry);
  if (known !== undefined) return known;
  const { name } = entry.node;
  const health = nodeHealth(viewNode(entry.node, entry.madeAtMs), findings.ofNode(name), findings.recoveredAtMs(name));
  const item = { health, json: JSON.stringify(health) };
  made.set(entry, item);
  return item;
}
