/** The verdicts that are asked for, the worst first, and a page of them. */
import type { FleetHealth, FleetHealthQuery } from "@nodekeeper/shared/api";
import type { FleetEntry } from "./fleet/fleet-entry.ts";
import { type HealthFindings, healthLineOf } from "./health-of.ts";
import { pageOf } from "./page-of.ts";
import { statusRank } from "./present/status-rank.ts";

const defaultLimit = 100;

/** Lists them; throws REQUEST_INVALID for a cursor of another list. */
export function listHealth(
  entries: readonly FleetEntry[],
  findings: HealthFindings,
  { status, limit = defaultLimit, cursor }: FleetHealthQuery,
): FleetHealth {
  const counts = { ok: 0, degraded: 0, failed: 0, unknown: 0, asleep: 0 };
  for (const { summary } of entries) counts[summary.status] += 1;
  const wanted = entries.filter(({ summary }) => status === undefined || status.includes(summary.status));
  const { items, total, nextCursor } = pageOf(wanted, {
    ...{ list: "health", limit, cursor },
    keyOf: ({ summary }) => [statusRank[summary.status], summary.name],
  });
  const nodes = items.map((entry) => healthLineOf(entry, findings));
  return { counts, nodes, total, ...(nextCursor === undefined ? {} : { nextCursor }) };
}
